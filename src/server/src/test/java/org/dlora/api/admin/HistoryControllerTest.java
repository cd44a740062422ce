package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.DurationBand;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.catalogue.history.Page;
import org.dlora.catalogue.history.RequestFilter;
import org.dlora.catalogue.history.RequestOrder;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.catalogue.history.RequestRecord.KeptText;
import org.dlora.catalogue.history.SlowRequests;
import org.dlora.catalogue.history.UsageFilter;
import org.dlora.catalogue.history.UsageHour;
import org.dlora.catalogue.history.UsageSums;
import org.dlora.cluster.facts.TokenChain;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

@Import(HistoryControllerTest.WithHistory.class)
class HistoryControllerTest extends AdminServer {
    private static final long KEY = HistoryKey.least(NOW) + 5;

    @TestConfiguration
    static class WithHistory {
        @Bean
        FakeHistory history() {
            return new FakeHistory();
        }
    }

    @Autowired FakeHistory history;

    @BeforeEach
    void reset() {
        history.requests.clear();
        history.usage.clear();
        history.audit.clear();
        history.events.clear();
        history.isAway = false;
        serve(demo().scheduling(new IdleScheduling()));
    }

    @Test
    void requestsAreListedWithTheKeyOfTheNextPage() {
        history.requests.add(row(KEY, "chatcmpl-1-0", "sql", null));
        history.requests.add(row(KEY - 1, "chatcmpl-0-0", "sql", null));

        var answer = get("/admin/requests?limit=2", HttpStatus.OK);

        assertThat(answer.get("next").asString()).isEqualTo(Long.toString(KEY - 1));
        var first = answer.get("requests").get(0);
        assertThat(first.get("key").asString()).isEqualTo(Long.toString(KEY));
        assertThat(first.get("id").asString()).isEqualTo("chatcmpl-1-0");
        assertThat(first.get("arrived").asString()).isEqualTo(NOW.toString());
        assertThat(first.get("first_token").isNull()).isTrue();
        assertThat(first.get("api_key").isNull()).isTrue();
        assertThat(first.get("replicas").toString()).isEqualTo("[\"0\",\"1\"]");
        assertThat(first.get("outcome").asString()).isEqualTo("stop");
        assertThat(first.get("merged_steps").asInt()).isEqualTo(6);
        assertThat(first.get("seed").asLong()).isEqualTo(7);
    }

    @Test
    void theLastPageHasNoNext() {
        history.requests.add(row(KEY, "r", "sql", null));
        assertThat(get("/admin/requests", HttpStatus.OK).get("next").isNull()).isTrue();
    }

    @Test
    void filtersReachTheHistory() {
        get(
                "/admin/requests?id=i&client_id=c&model=m&adapter=a&user=u&status=failed&outcome=o&api_key=k&team=t&ttft=10s_to_1min&duration=over_1min&min_ttft_ms=5&min_duration_ms=250&order=duration&after=1881234567890123456&limit=3&since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z",
                HttpStatus.OK);
        assertThat(history.filter)
                .isEqualTo(
                        new RequestFilter(
                                "i",
                                "c",
                                "m",
                                "a",
                                "u",
                                "failed",
                                "o",
                                "k",
                                "t",
                                DurationBand.TO_1MIN,
                                DurationBand.OVER_1MIN,
                                new SlowRequests(5L, 250L, RequestOrder.DURATION)));
        assertThat(get("/admin/requests?order=slow", HttpStatus.BAD_REQUEST).toString())
                .contains("'order' must be one of newest, duration, ttft");
        assertThat(get("/admin/requests?min_ttft_ms=1s", HttpStatus.BAD_REQUEST).toString())
                .contains("'min_ttft_ms' must be milliseconds from 0 to 31536000000");
        assertThat(get("/admin/requests?ttft=slow", HttpStatus.BAD_REQUEST).toString())
                .contains("'ttft' must be one of under_1s, 1s_to_10s, 10s_to_1min, over_1min");
        assertThat(history.page)
                .isEqualTo(
                        new Page(
                                1881234567890123456L,
                                3,
                                Instant.parse("2026-01-01T00:00:00Z"),
                                Instant.parse("2026-01-02T00:00:00Z")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    requests?limit=0|'limit' must be an integer from 1 to 10000, but is '0'.
                    requests?status=bad|'status' must be one of answered, failed, refused, but is 'bad'.
                    requests?limit=ten|'limit' must be an integer from 1 to 10000, but is 'ten'.
                    requests?after=x|'after' must be the key of a row, or 'next' of the page before, but is 'x'.
                    changes?after=9999999999999999999|'after' must be the key of a row, or 'next' of the page before, but is '9999999999999999999'.
                    audit?since=-1000000-01-01T00:00:00Z|'since' must be a time such as 2026-01-31T12:00:00Z, but is '-1000000-01-01T00:00:00Z'.
                    usage?since=today|'since' must be a time such as 2026-01-31T12:00:00Z, but is 'today'.
                    audit?format=xml|'format' must be json or csv, but is 'xml'.
                    audit?actor=a&actor=b|'actor' is given 2 times: give it once.
                    """)
    void wrongParametersAreRefused(String path, String message) {
        // Quotes are part of the messages.
        assertThat(message(get("/admin/" + path, HttpStatus.BAD_REQUEST))).isEqualTo(message);
    }

    @Test
    void unknownParametersAreRefusedWithTheKnownOnes() {
        assertThat(message(get("/admin/usage?hour=1", HttpStatus.BAD_REQUEST)))
                .isEqualTo(
                        "Unknown parameter: 'hour'. Known here: adapter, api_key, format, limit, since, team, until.");
    }

    @Test
    void oneRequestHasItsParametersHashesAndTexts() {
        int[] prompt = base.tokenizer().encode("Hi", false);
        var text = new KeptText(prompt, new int[] {8, 9}, "hello");
        history.requests.add(row(KEY, "r1", "sql", text));

        var found = get("/admin/requests/r1", HttpStatus.OK);

        assertThat(found.get("id").asString()).isEqualTo("r1");
        assertThat(found.get("parameters").get("temperature").asDouble()).isEqualTo(0.5);
        assertThat(found.get("token_hashes")).hasSize(2);
        assertThat(found.get("token_hashes").get(0).asString()).matches("[0-9a-f]{16}");
        assertThat(found.get("prompt").asString()).isEqualTo("Hi");
        assertThat(found.get("answer").asString()).isEqualTo("hello");
        assertThat(found.get("answer_tokens").toString()).isEqualTo("[8,9]");
        assertThat(message(get("/admin/requests/r2", HttpStatus.NOT_FOUND)))
                .contains("No ended request has the id 'r2'");
    }

    @Test
    void csvHasAHeaderAndQuotesAndNoFormulas() {
        history.requests.add(row(KEY, "r1", "=a,\"b\"", null));
        for (var path : List.of("/admin/requests?format=csv", "/admin/requests")) {
            var csv =
                    client().get()
                            .uri(path)
                            .accept(
                                    path.contains("csv")
                                            ? MediaType.ALL
                                            : new MediaType("text", "csv"))
                            .exchange()
                            .expectStatus()
                            .isOk()
                            .expectHeader()
                            .contentType("text/csv;charset=UTF-8")
                            .expectBody(String.class)
                            .returnResult()
                            .getResponseBody();
            assertThat(String.valueOf(csv).lines())
                    .hasSize(2)
                    .first()
                    .asString()
                    .startsWith("key,id,client_id,api_key,team,user,model,adapter,");
            assertThat(csv).contains("r1,client,,,me,\"'=a,\"\"b\"\"\",sql,").contains(",0;1,");
        }
    }

    private HttpHeaders csvHeaders(String path) {
        return client().get()
                .uri(path)
                .exchange()
                .expectStatus()
                .isOk()
                .expectHeader()
                .contentType("text/csv;charset=UTF-8")
                .returnResult(String.class)
                .getResponseHeaders();
    }

    @Test
    void csvThatIsCutSaysSo() {
        history.requests.add(row(KEY, "r1", "sql", null));
        history.requests.add(row(KEY - 1, "r0", "sql", null));
        assertThat(csvHeaders("/admin/requests?format=csv&limit=2").getFirst("X-DLoRA-Next"))
                .isEqualTo(Long.toString(KEY - 1));
        assertThat(csvHeaders("/admin/requests?format=csv").containsHeader("X-DLoRA-Next"))
                .isFalse();
        for (int hour = 0; hour < 3; hour++) {
            var at = NOW.minus(Duration.ofHours(hour));
            history.usage.add(
                    new UsageHour(at, null, null, null, new UsageSums(hour, 1, 30, 5, 12)));
        }
        assertThat(csvHeaders("/admin/usage?format=csv&limit=2").getFirst("X-DLoRA-Has-More"))
                .isEqualTo("true");
        assertThat(csvHeaders("/admin/usage?format=csv&limit=3").getFirst("X-DLoRA-Has-More"))
                .isEqualTo("false");
    }

    @Test
    void usageIsListedByHour() {
        history.usage.add(new UsageHour(NOW, null, null, null, new UsageSums(3, 1, 30, 5, 12)));
        var row =
                get("/admin/usage?adapter=&limit=7&since=2026-01-01T00:00:00Z", HttpStatus.OK)
                        .get("usage")
                        .get(0);
        assertThat(row.get("hour").asString()).isEqualTo(NOW.toString());
        assertThat(row.get("adapter").isNull()).isTrue();
        assertThat(row.get("prompt_tokens").asLong()).isEqualTo(30);
        assertThat(history.asked)
                .startsWith(new UsageFilter("", null, null), Instant.parse("2026-01-01T00:00:00Z"))
                .endsWith(8);
        get("/admin/usage?api_key=k&team=", HttpStatus.OK);
        assertThat(history.asked).startsWith(new UsageFilter(null, "k", ""));
    }

    @Test
    void usageThatIsCutSaysSo() {
        for (int hour = 0; hour < 3; hour++) {
            var at = NOW.minus(Duration.ofHours(hour));
            history.usage.add(
                    new UsageHour(at, null, null, null, new UsageSums(hour, 1, 30, 5, 12)));
        }
        var cut = get("/admin/usage?limit=2", HttpStatus.OK);
        assertThat(cut.get("usage")).hasSize(2);
        assertThat(cut.get("has_more").asBoolean()).isTrue();
        var whole = get("/admin/usage?limit=3", HttpStatus.OK);
        assertThat(whole.get("usage")).hasSize(3);
        assertThat(whole.get("has_more").asBoolean()).isFalse();
    }

    @Test
    void auditAndChangesHaveTheirJson() {
        history.audit.add(
                new AuditRecord(
                        KEY, "127.0.0.1", "adapter.pin", "sql", "{\"pinned\":false}", null));
        history.events.add(
                new EventRecord(KEY, "adapter_loaded", "host", "sql", null, "{\"bytes\":5}"));

        var action = get("/admin/audit", HttpStatus.OK).get("actions").get(0);
        assertThat(action.get("at").asString()).isEqualTo(NOW.toString());
        assertThat(action.get("before").get("pinned").asBoolean()).isFalse();
        assertThat(action.get("after").isNull()).isTrue();
        get("/admin/audit?actor=a&action=b&subject=s&api_key=k&team=t", HttpStatus.OK);
        assertThat(history.auditFilter).isEqualTo(new AuditFilter("a", "b", "s", "k", "t"));
        var change = get("/admin/changes", HttpStatus.OK).get("changes").get(0);
        assertThat(change.get("detail").get("bytes").asInt()).isEqualTo(5);
    }

    @Test
    void databaseThatIsAwayIs503InWords() {
        history.isAway = true;
        for (var path : List.of("requests", "requests/r1", "usage", "audit", "changes")) {
            var error = get("/admin/" + path, HttpStatus.SERVICE_UNAVAILABLE);
            assertThat(message(error))
                    .isEqualTo(
                            "The database cannot be reached: it is off. Serving goes on without it; try again later.");
            assertThat(error.get("error").get("code").asString()).isEqualTo("store_unavailable");
        }
    }

    @Test
    void closedAdministrationHidesTheHistory() {
        serve(demo());
        get("/admin/requests", HttpStatus.FORBIDDEN);
        get("/admin/audit", HttpStatus.FORBIDDEN);
    }

    private static RequestRecord row(long key, String id, String model, @Nullable KeptText text) {
        var ended =
                new EndedRequest(
                        key,
                        id,
                        "client",
                        null,
                        null,
                        "me",
                        model,
                        "sql",
                        null,
                        null,
                        "hash",
                        List.of("0", "1"),
                        "fp_1",
                        "exact",
                        NOW,
                        NOW,
                        NOW,
                        null,
                        null,
                        NOW,
                        "answered",
                        "stop",
                        3,
                        1,
                        2,
                        8,
                        9,
                        4,
                        5,
                        6,
                        7,
                        false,
                        7L);
        return new RequestRecord(
                ended,
                "{\"temperature\":0.5}",
                null,
                TokenChain.of(8, 9),
                new float[] {-0.5f, -1},
                text,
                List.of());
    }
}
