package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Quotas of the whole program under 64 clients at once. */
class QuotaIT extends AccessServer {
    private static final int CLIENTS = 64;
    private static final int CALLS = 4;

    /** Choices, streams and several prompts are among what the clients send. */
    private static final List<String> BODIES =
            List.of(
                    "{\"model\": \"rot13\", \"prompt\": \"hello\", \"max_tokens\": 8, \"temperature\": 0}",
                    "{\"model\": \"upper\", \"prompt\": [\"hello\", \"you\"], \"n\": 2, \"max_tokens\": 4}",
                    "{\"model\": \"dlora-demo\", \"prompt\": \"hello\", \"max_tokens\": 6, \"stream\": true, \"stream_options\": {\"include_usage\": true}}");

    @BeforeAll
    void awaitTheUsedTokens() {
        // Budgets hold once the database has been read.
        await().atMost(Duration.ofMinutes(1))
                .until(() -> {
                    var key = budgetKey("1000000", "");
                    return call("POST", "/v1/completions", key, BODIES.getFirst()).statusCode()
                            == 200;
                });
    }

    private String budgetKey(String tokens, String more) throws Exception {
        return key(
                "\"name\": \"b\", \"scopes\": [\"inference\"], \"limits\": {\"token_budget\": %s, \"budget_period\": \"month\"}%s"
                        .formatted(tokens, more));
    }

    /** Sends calls of many clients at once, and returns all answers. */
    private List<HttpResponse<String>> storm(List<String> keys) throws Exception {
        var begin = new CyclicBarrier(CLIENTS);
        var clients = new ArrayList<Callable<List<HttpResponse<String>>>>();
        for (int i = 0; i < CLIENTS; i++) {
            var key = keys.get(i % keys.size());
            int offset = i;
            clients.add(() -> {
                begin.await();
                var answers = new ArrayList<HttpResponse<String>>();
                for (int call = 0; call < CALLS; call++) {
                    var body = BODIES.get((offset + call) % BODIES.size());
                    answers.add(call("POST", "/v1/completions", key, body));
                }
                return answers;
            });
        }
        var all = Collections.synchronizedList(new ArrayList<HttpResponse<String>>());
        try (var pool = Executors.newFixedThreadPool(CLIENTS)) {
            for (var done : pool.invokeAll(clients)) {
                all.addAll(done.get());
            }
        }
        return all;
    }

    private static List<HttpResponse<String>> answered(List<HttpResponse<String>> all) {
        all.forEach(one -> assertThat(one.statusCode()).as(one.body()).isIn(200, 429));
        return all.stream().filter(one -> one.statusCode() == 200).toList();
    }

    private static long tokens(List<HttpResponse<String>> answers) {
        return answers.stream().mapToLong(QuotaIT::tokens).sum();
    }

    private static long tokens(HttpResponse<String> answer) {
        var body = answer.body();
        var json =
                body.startsWith("{")
                        ? body
                        : body.lines()
                                .filter(line -> line.contains("\"total_tokens\""))
                                .reduce((_, last) -> last)
                                .orElseThrow()
                                .substring("data: ".length());
        return JSON.readTree(json).get("usage").get("total_tokens").asLong();
    }

    private JsonNode me(String key) throws Exception {
        return ask(200, "GET", "/v1/me", key, null);
    }

    @Test
    void requestsAndTokensPerMinuteHold() throws Exception {
        var key =
                key(
                        "\"name\": \"q\", \"scopes\": [\"inference\"], \"limits\": {\"requests_per_minute\": 40, \"tokens_per_minute\": 900}");
        long begin = System.nanoTime();
        var answers = answered(storm(List.of(key)));
        double minutes = (System.nanoTime() - begin) / 60e9;
        assertThat(answers).isNotEmpty();
        assertThat((double) answers.size()).isLessThanOrEqualTo(40 * (1 + minutes));
        assertThat((double) tokens(answers)).isLessThanOrEqualTo(900 * (1 + minutes));
        var usage = me(key).get("usage");
        assertThat(usage.get("concurrent_requests").asLong()).isZero();
        assertThat(usage.get("month").get("requests").asInt()).isEqualTo(answers.size());
        assertThat(usage.get("month").get("tokens").asLong()).isEqualTo(tokens(answers));
    }

    @Test
    void aBudgetHoldsForKeyAndTeam() throws Exception {
        ask(
                201,
                "POST",
                "/admin/teams",
                ADMIN,
                "{\"name\": \"green\", \"adapters\": [\"*\"], \"share\": 2, \"limits\": {\"token_budget\": 700, \"budget_period\": \"month\"}}");
        var team = ", \"team\": \"green\"";
        var tight = budgetKey("200", team);
        var wide = budgetKey("100000", team);
        storm(List.of(tight, wide));
        var spent = me(tight);
        long own = spent.get("usage").get("month").get("tokens").asLong();
        long all = me(wide).get("usage").get("month").get("tokens").asLong() + own;
        assertThat(own).isBetween(1L, 200L);
        assertThat(all).isBetween(201L, 700L);
        assertThat(spent.get("team").get("usage").get("month").get("tokens").asLong())
                .isEqualTo(all);
        assertThat(spent.get("team").get("share").asDouble()).isEqualTo(2);
        assertThat(spent.get("limits").get("token_budget").asLong()).isEqualTo(200);
        var refused =
                call(
                        "POST",
                        "/v1/completions",
                        wide,
                        "{\"model\": \"rot13\", \"prompt\": \"hello\", \"n\": 8, \"max_tokens\": 80}");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("insufficient_quota", "team 'green'");
        var shown = ask(200, "GET", "/admin/teams/green", ADMIN, null);
        assertThat(shown.get("usage").get("month").get("tokens").asLong()).isEqualTo(all);
        assertThat(
                        ask(200, "GET", "/admin/keys/" + tight.substring(0, 18), ADMIN, null)
                                .get("usage")
                                .get("month")
                                .get("tokens")
                                .asLong())
                .isEqualTo(own);
    }

    @Test
    void concurrentRequestsHold() throws Exception {
        var key =
                key(
                        "\"name\": \"c\", \"scopes\": [\"inference\"], \"limits\": {\"concurrent_requests\": 2}");
        var answers = answered(storm(List.of(key)));
        assertThat(answers).isNotEmpty();
        assertThat(me(key).get("usage").get("concurrent_requests").asLong()).isZero();
        assertThat(me(key).get("usage").get("day").get("requests").asInt())
                .isEqualTo(answers.size());
    }

    @Test
    void limitsAreChangedAndTakenAway() throws Exception {
        var key =
                key(
                        "\"name\": \"l\", \"scopes\": [\"inference\"], \"limits\": {\"requests_per_minute\": 1}");
        var path = "/admin/keys/" + key.substring(0, 18);
        assertThat(call("POST", "/v1/completions", key, BODIES.getFirst()).statusCode())
                .isEqualTo(200);
        assertThat(call("POST", "/v1/completions", key, BODIES.getFirst()).statusCode())
                .isEqualTo(429);
        var metrics = call("GET", "/actuator/prometheus", ADMIN, null).body();
        assertThat(metrics)
                .contains("dlora_limit_refusals_total{limit=\"requests\",owner=\"key\"}")
                .contains("dlora_budget_alerts_total{owner=\"team\"}");
        var changed =
                ask(
                        200,
                        "PUT",
                        path,
                        ADMIN,
                        "{\"limits\": {\"requests_per_minute\": null, \"token_budget\": 90, \"budget_period\": \"day\"}}");
        assertThat(changed.get("limits").toString())
                .isEqualTo(
                        "{\"requests_per_minute\":null,\"tokens_per_minute\":null,\"concurrent_requests\":null,\"token_budget\":90,\"budget_period\":\"day\",\"budget_alert\":0.8}");
        assertThat(call("POST", "/v1/completions", key, BODIES.getFirst()).statusCode())
                .isEqualTo(200);
        var kept = ask(200, "PUT", path, ADMIN, "{\"limits\": {\"concurrent_requests\": 4}}");
        assertThat(kept.get("limits").get("token_budget").asLong()).isEqualTo(90);
        var none = ask(200, "PUT", path, ADMIN, "{\"limits\": null}");
        assertThat(none.get("limits").valueStream().allMatch(JsonNode::isNull)).isTrue();
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        ask(200, "GET", "/admin/audit?subject=" + key.substring(0, 18), ADMIN, null)
                                .get("actions")
                                .valueStream()
                                .anyMatch(action ->
                                        action.at("/after/limits/token_budget").asLong() == 90));
        for (var wrong :
                List.of(
                        "{\"requests_per_minute\": 0}",
                        "{\"tokens_per_minute\": 1000000001}",
                        "{\"concurrent_requests\": 1.5}",
                        "{\"token_budget\": \"many\"}",
                        "{\"token_budget\": 5, \"budget_period\": \"week\"}",
                        "{\"budget_alert\": 0.5}",
                        "{\"token_budget\": 5, \"budget_alert\": 2}",
                        "{\"rpm\": 5}",
                        "[]")) {
            var refused = call("PUT", path, ADMIN, "{\"limits\": " + wrong + "}");
            assertThat(refused.statusCode()).as(wrong).isEqualTo(400);
            assertThat(JSON.readTree(refused.body()).get("error").get("param").asString())
                    .as(wrong)
                    .startsWith("limits");
        }
        ask(400, "POST", "/admin/teams", ADMIN, "{\"name\": \"x\", \"share\": 0}");
        ask(
                400,
                "POST",
                "/admin/teams",
                ADMIN,
                "{\"name\": \"x\", \"limits\": {\"token_budget\": 0}}");
    }
}
