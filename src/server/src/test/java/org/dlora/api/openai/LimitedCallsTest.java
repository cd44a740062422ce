package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.dlora.api.openai.call.CallSettings;
import org.dlora.api.openai.call.PrefixSharing;
import org.dlora.cluster.facts.CallPart;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.FakeKeyStore;
import org.dlora.security.IssuedKey;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.RingSettings;
import org.dlora.security.Scope;
import org.dlora.security.SecretSource;
import org.dlora.security.Team;
import org.dlora.security.limits.BudgetPeriod;
import org.dlora.security.limits.Headroom;
import org.dlora.security.limits.LimitObserver;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.TokenBudget;
import org.dlora.security.limits.UsageCount;
import org.dlora.security.limits.UsageStore;
import org.dlora.security.limits.UsageWriter;
import org.dlora.security.users.TestConsole;
import org.dlora.security.web.SecurityWebConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Calls with keys that have limits; the time of rates stands still. */
@Import(LimitedCallsTest.Keys.class)
class LimitedCallsTest extends ApiTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String TEXT = "/v1/completions";
    private static final String ROOT = "key-of-the-settings-01234";

    @TestConfiguration(proxyBeanMethods = false)
    @Import({SecurityWebConfiguration.class, TestConsole.class})
    static class Keys {
        @Bean
        KeyRing ring() {
            return new KeyRing(
                    new RingSettings(Optional.of(ROOT), false, false), InstantSource.system());
        }

        @Bean
        KeyService keys(KeyRing ring) {
            return new KeyService(
                    ring, new FakeKeyStore(), SecretSource.inMemory(), InstantSource.system());
        }

        @Bean
        Limiter limiter(KeyRing ring) {
            return new Limiter(() -> NOW, () -> 0, LimitObserver.NONE, ring);
        }

        @Bean
        UsageWriter writer(Limiter limiter) {
            var writer = new UsageWriter(limiter, UsageStore.NONE);
            writer.start(false);
            return writer;
        }
    }

    @Autowired private KeyService keys;
    @Autowired private Limiter limiter;
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        http.close();
    }

    private IssuedKey key(@Nullable String team, Limits limits) {
        return keys.issue(
                new KeySettings(
                        "app", team, Set.of(Scope.INFERENCE), AdapterPatterns.ALL, null, limits));
    }

    private static Limits perMinute(@Nullable Long requests, @Nullable Long tokens) {
        return new Limits(requests, tokens, null, null);
    }

    private CompletableFuture<HttpResponse<String>> send(String path, String key, String body) {
        return http.sendAsync(request(path, key, body), BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String key, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofMinutes(1))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + key)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private HttpResponse<String> call(String path, IssuedKey key, String body) throws Exception {
        return send(path, key.secret(), body).get(30, TimeUnit.SECONDS);
    }

    /** A completion of two prompts with 2 and 3 tokens, and three choices of at most 4 each. */
    private static String text(String members) {
        return "{\"model\": \"demo\", \"prompt\": [[1, 2], [3, 4, 5]], \"n\": 3, \"max_tokens\": 4"
                + members
                + "}";
    }

    private void answerTwoTokens() {
        engine.answer(
                Events.token('a'), Events.token('b'), Events.finished(FinishReason.LENGTH, 2, 2));
    }

    private static String header(HttpHeaders headers, String name) {
        return headers.firstValue(name).orElse("");
    }

    private static void assertLimits(
            HttpHeaders headers, String what, long limit, long remaining, String reset) {
        assertThat(header(headers, "x-ratelimit-limit-" + what)).isEqualTo("" + limit);
        assertThat(header(headers, "x-ratelimit-remaining-" + what)).isEqualTo("" + remaining);
        assertThat(header(headers, "x-ratelimit-reset-" + what)).isEqualTo(reset);
    }

    private UsageCount used(IssuedKey key) {
        return limiter.usage(key.key().limited()).day();
    }

    private long remainingTokens(IssuedKey key) {
        return limiter.headroom(List.of(key.key().limited())).tokens().orElseThrow().remaining();
    }

    private String started() throws InterruptedException {
        return String.valueOf(engine.started.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void severalPromptsAndChoicesAreOneRequestAndCountAsTheirUsage() throws Exception {
        answerTwoTokens();
        var key = key(null, perMinute(60L, 600L));
        var answer = call(TEXT, key, text(""));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertLimits(answer.headers(), "requests", 60, 59, "1s");
        // Reserved at the start: 5 tokens of prompts, and 6 answers of at most 4.
        assertLimits(answer.headers(), "tokens", 600, 571, "2.9s");
        assertThat(json(answer.body()).get("usage").get("total_tokens").asLong()).isEqualTo(17);
        assertThat(used(key)).isEqualTo(new UsageCount(1, 17));
        assertThat(remainingTokens(key)).isEqualTo(583);
        assertThat(limiter.usage(key.key().limited()).running()).isZero();
        assertThat(engine.parts)
                .containsExactly(
                        new CallPart(true, true, true),
                        new CallPart(false, false, true),
                        new CallPart(false, false, true),
                        new CallPart(false, true, true),
                        new CallPart(false, false, true),
                        new CallPart(false, false, true));
    }

    @Test
    void tenChoicesAreOneRequestOfOnePromptInAnswersLimitsAndSums() throws Exception {
        answerTwoTokens();
        var key = key(null, perMinute(60L, 6000L));
        var answer =
                call(
                        TEXT,
                        key,
                        "{\"model\": \"demo\", \"prompt\": [1, 2, 3], \"n\": 10, \"max_tokens\": 4}");
        var usage = json(answer.body()).get("usage");
        assertThat(usage.get("prompt_tokens").asLong()).isEqualTo(3);
        assertThat(usage.get("total_tokens").asLong()).isEqualTo(23);
        assertThat(used(key)).isEqualTo(new UsageCount(1, 23));
        assertThat(engine.parts).hasSize(10);
        assertThat(engine.parts.stream().filter(CallPart::beginsCall)).hasSize(1);
        assertThat(engine.parts.stream().filter(CallPart::beginsPrompt)).hasSize(1);
        assertThat(engine.parts).allMatch(CallPart::hasAnswer);
    }

    /** Each choice computes its prompt then. */
    @Test
    void promptsCountForEachChoiceWithoutAPrefixCache() throws Exception {
        serve(
                base,
                base.generation(),
                new CallSettings(true, false, false, false, 20, PrefixSharing.TEAM, false));
        engine.answer(Events.token('a'), Events.finished(FinishReason.LENGTH, "", null, 2, 1, 1));
        var key = key(null, perMinute(60L, 600L));
        var answer = call(TEXT, key, text(""));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        // Reserved at the start: three times 5 tokens of prompts, and 6 answers of at most 4.
        assertLimits(answer.headers(), "tokens", 600, 561, "3.9s");
        var usage = json(answer.body()).get("usage");
        assertThat(usage.get("prompt_tokens").asLong()).isEqualTo(15);
        assertThat(usage.at("/prompt_tokens_details/cached_tokens").asLong()).isEqualTo(6);
        assertThat(usage.get("total_tokens").asLong()).isEqualTo(21);
        assertThat(used(key)).isEqualTo(new UsageCount(1, 21));
        assertThat(engine.parts).hasSize(6).allMatch(CallPart::beginsPrompt);
        assertThat(engine.parts.stream().filter(CallPart::beginsCall)).hasSize(1);

        var stream =
                call(
                        TEXT,
                        key,
                        text(", \"stream\": true, \"stream_options\": {\"include_usage\": true}"));
        assertThat(stream.body()).contains("\"prompt_tokens\":15,", "\"total_tokens\":21");
        assertThat(used(key)).isEqualTo(new UsageCount(2, 42));
    }

    /** Each choice reads the logits of its whole prompt, so none begins with cached blocks. */
    @Test
    void promptsWithLogprobsCountForEachChoice() throws Exception {
        engine.answer(
                new GenerationEvent.Prompt(List.of(Events.logprobs('b', -1f))),
                new GenerationEvent.Token('c', "c", Events.logprobs('c', -2f)),
                Events.finished(FinishReason.LENGTH, 2, 1));
        var key = key(null, perMinute(60L, 600L));
        var answer =
                call(
                        TEXT,
                        key,
                        "{\"model\": \"demo\", \"prompt\": [1, 2], \"n\": 3, \"max_tokens\": 4, \"echo\": true, \"logprobs\": 0}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(json(answer.body()).at("/usage/prompt_tokens").asLong()).isEqualTo(6);
        assertThat(used(key)).isEqualTo(new UsageCount(1, 9));
        assertThat(engine.parts).hasSize(3).allMatch(CallPart::beginsPrompt);
    }

    @Test
    void streamsAndRefusalsNameTheRemainingLimits() throws Exception {
        answerTwoTokens();
        var key = key(null, perMinute(2L, null));
        var stream = call(TEXT, key, text(", \"stream\": true"));
        assertThat(stream.body()).endsWith("data: [DONE]\n\n");
        assertLimits(stream.headers(), "requests", 2, 1, "30s");
        assertThat(stream.headers().firstValue("x-ratelimit-limit-tokens")).isEmpty();
        assertThat(used(key).tokens()).isEqualTo(17);

        var wrong = call(TEXT, key, text(", \"top_k\": \"x\""));
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertLimits(wrong.headers(), "requests", 2, 1, "30s");

        call(TEXT, key, text(""));
        var refused = call(TEXT, key, text(", \"stream\": true"));
        assertThat(refused.statusCode()).isEqualTo(429);
        var error = json(refused.body()).get("error");
        assertThat(error.get("type").asString()).isEqualTo("requests");
        assertThat(error.get("code").asString()).isEqualTo("rate_limit_exceeded");
        assertThat(error.get("param").isNull()).isTrue();
        assertThat(error.get("message").asString())
                .isEqualTo(
                        "Rate limit reached for key %s on requests per min (RPM): Limit 2, Used 2, Requested 1. Please try again in 30s."
                                .formatted(key.key().id()));
        assertThat(header(refused.headers(), "Retry-After")).isEqualTo("30");
        assertThat(refused.headers().firstValue("x-should-retry")).isEmpty();
        assertLimits(refused.headers(), "requests", 2, 0, "1m0s");
    }

    /** A body that is not read cannot be found malformed. */
    @Test
    void requestsAndConcurrencyAreCheckedBeforeABodyIsRead() throws Exception {
        answerTwoTokens();
        for (var path : List.of(CHAT, TEXT, "/invocations")) {
            var key = key(null, perMinute(1L, null));
            assertThat(call(path, key, "{").statusCode()).as(path).isEqualTo(400);
            // Refused for its body, it counted for nothing.
            assertThat(limiter.usage(key.key().limited()).running()).isZero();
            assertThat(call(TEXT, key, text("")).statusCode()).isEqualTo(200);
            var refused = call(path, key, "{");
            assertThat(refused.statusCode()).as(path).isEqualTo(429);
            assertThat(header(refused.headers(), "Retry-After")).isEqualTo("60");
            assertThat(used(key).requests()).isEqualTo(1);
        }
        var one = key(null, new Limits(null, null, 1L, null));
        var running = limiter.admit(List.of(one.key().limited()));
        assertThat(call(TEXT, one, "{").statusCode()).isEqualTo(429);
        running.withdraw();
        assertThat(call(TEXT, one, "{").statusCode()).isEqualTo(400);
    }

    @Test
    void aRequestThatNeverFitsIsNotWorthAnotherTry() throws Exception {
        var key = key(null, perMinute(null, 10L));
        var refused = call(TEXT, key, text(""));
        assertThat(refused.statusCode()).isEqualTo(429);
        var error = json(refused.body()).get("error");
        assertThat(error.get("type").asString()).isEqualTo("tokens");
        assertThat(error.get("code").asString()).isEqualTo("rate_limit_exceeded");
        assertThat(error.get("message").asString()).contains("Limit 10, Requested 29");
        assertThat(refused.headers().firstValue("Retry-After")).isEmpty();
        assertThat(header(refused.headers(), "x-should-retry")).isEqualTo("false");
        assertLimits(refused.headers(), "tokens", 10, 10, "0s");
        assertThat(engine.submitted).isEmpty();
    }

    @Test
    void aSpentBudgetIsAnInsufficientQuota() throws Exception {
        answerTwoTokens();
        await().atMost(Duration.ofSeconds(30)).until(limiter::isKnown);
        var budget = new TokenBudget(30, BudgetPeriod.DAY, 0.5);
        var key = key(null, new Limits(null, null, null, budget));
        var first = call(TEXT, key, text(""));
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(first.headers().firstValue("X-DLoRA-Budget-Alert")).isEmpty();
        var refused = call(TEXT, key, text(""));
        assertThat(refused.statusCode()).isEqualTo(429);
        var error = json(refused.body()).get("error");
        assertThat(error.get("type").asString()).isEqualTo("insufficient_quota");
        assertThat(error.get("code").asString()).isEqualTo("insufficient_quota");
        assertThat(error.get("message").asString()).contains("30 tokens a day, 13 are left");
        assertThat(header(refused.headers(), "x-should-retry")).isEqualTo("false");
        // From 03:04:05 to midnight.
        assertThat(header(refused.headers(), "Retry-After")).isEqualTo("75355");
        assertThat(refused.headers().allValues("X-DLoRA-Budget-Alert"))
                .containsExactly(
                        "key \"%s\"; used=17; budget=30; period=day".formatted(key.key().id()));
        var small = call(TEXT, key, "{\"model\": \"demo\", \"prompt\": [1], \"max_tokens\": 2}");
        assertThat(small.statusCode()).isEqualTo(200);
        assertThat(small.headers().firstValue("X-DLoRA-Budget-Alert")).isPresent();
    }

    @Test
    void keysOfATeamShareItsLimits() throws Exception {
        answerTwoTokens();
        keys.create(
                new Team(
                        "red",
                        "",
                        AdapterPatterns.ALL,
                        AdapterPatterns.NONE,
                        NOW,
                        perMinute(3L, null),
                        1));
        var one = key("red", perMinute(2L, null));
        var two = key("red", Limits.NONE);
        assertLimits(call(TEXT, one, text("")).headers(), "requests", 2, 1, "30s");
        assertLimits(call(TEXT, two, text("")).headers(), "requests", 3, 1, "40s");
        assertThat(call(TEXT, one, text("")).statusCode()).isEqualTo(200);
        var refused = call(TEXT, two, text(""));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("team 'red'");
    }

    /** Else cached tokens tell one team how prompts of another begin. */
    @Test
    void cachedPrefixesBelongToTheTeamOrToAKeyWithoutOne() throws Exception {
        answerTwoTokens();
        keys.create(
                new Team(
                        "green",
                        "",
                        AdapterPatterns.ALL,
                        AdapterPatterns.NONE,
                        NOW,
                        Limits.NONE,
                        1));
        var alone = key(null, Limits.NONE);
        for (var key : List.of(key("green", Limits.NONE), key("green", Limits.NONE), alone)) {
            call(CHAT, key, ChatCompletionsTest.chat("demo", ", \"max_tokens\": 1"));
        }
        send(TEXT, ROOT, text("")).get(30, TimeUnit.SECONDS);
        assertThat(engine.submitted.stream().map(GenerationRequest::prefixOwner).distinct())
                .containsExactly(
                        PrefixOwner.ofTeam("green"),
                        PrefixOwner.ofKey(alone.key().id()),
                        PrefixOwner.ofKey("admin-key"));
    }

    @Test
    void theKeyOfTheSettingsHasNoLimits() throws Exception {
        answerTwoTokens();
        var answer = send(TEXT, ROOT, text("")).get(30, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().map())
                .noneSatisfy((name, _) -> assertThat(name).startsWith("x-ratelimit-"));
    }

    @Test
    void refusedRequestsGiveTheirTokensBack() throws Exception {
        var key = key(null, perMinute(5L, 100L));
        engine.capacity(0);
        var refused = call(TEXT, key, text(""));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("queue_full");
        assertThat(used(key)).isEqualTo(UsageCount.NONE);
        assertThat(remainingTokens(key)).isEqualTo(100);
        assertThat(limiter.usage(key.key().limited()).running()).isZero();
        assertLimits(refused.headers(), "requests", 5, 4, "12s");
        assertLimits(call(TEXT, key, text(", \"top_k\": \"x\"")).headers(), "requests", 5, 5, "0s");
    }

    @Test
    void aRequestThatFailsWithoutATokenUsesNone() throws Exception {
        var key = key(null, perMinute(null, 100L));
        engine.answer(new GenerationEvent.Failed(FailureCode.REPLICA_FAULT, "No."));
        assertThat(call(TEXT, key, text("")).statusCode()).isEqualTo(500);
        assertThat(used(key)).isEqualTo(new UsageCount(1, 0));
        assertThat(remainingTokens(key)).isEqualTo(100);
    }

    @Test
    void aClientThatGoesAwayPaysForComputedTokens() throws Exception {
        var key = key(null, new Limits(null, 200L, 1L, null));
        var body =
                "{\"model\": \"demo\", \"prompt\": [1, 2, 3], \"max_tokens\": 50, \"stream\": true}";
        var pending = send(TEXT, key.secret(), body);
        var id = started();
        assertThat(remainingTokens(key)).isEqualTo(147);
        var second = call(CHAT, key, ChatCompletionsTest.chat("demo", ", \"max_tokens\": 1"));
        assertThat(second.statusCode()).isEqualTo(429);
        assertThat(second.body()).contains("concurrent requests: Limit 1");
        assertThat(header(second.headers(), "Retry-After")).isEqualTo("1");
        engine.say(id, Events.token('x'));
        engine.say(id, Events.token('y'));
        pending.cancel(true);
        http.shutdownNow();
        assertThat(engine.cancelled.poll(20, TimeUnit.SECONDS)).isEqualTo(id);
        await().atMost(Duration.ofSeconds(30)).until(() -> used(key).requests() == 1);
        assertThat(used(key).tokens()).isEqualTo(5);
        assertThat(remainingTokens(key)).isEqualTo(195);
    }

    @Test
    void aClientThatGoesAwayPaysForItsPromptOnceItIsComputed() throws Exception {
        var key = key(null, perMinute(null, 200L));
        assertThat(usedIfCancelled(key, false)).isEqualTo(new UsageCount(1, 0));
        assertThat(remainingTokens(key)).isEqualTo(200);
        assertThat(usedIfCancelled(key, true)).isEqualTo(new UsageCount(2, 3));
        assertThat(remainingTokens(key)).isEqualTo(197);
    }

    private UsageCount usedIfCancelled(IssuedKey key, boolean hasBegun) throws Exception {
        var body =
                "{\"model\": \"demo\", \"prompt\": [[1, 2, 3], [4, 5]], \"max_tokens\": 50, \"stream\": true}";
        try (var client = HttpClient.newHttpClient()) {
            long before = used(key).requests();
            var pending =
                    client.sendAsync(request(TEXT, key.secret(), body), BodyHandlers.ofString());
            var first = started();
            var second = started();
            if (hasBegun) {
                engine.begin(first);
            }
            pending.cancel(true);
            client.shutdownNow();
            assertThat(List.of(cancelled(), cancelled())).containsExactlyInAnyOrder(first, second);
            await().atMost(Duration.ofSeconds(30)).until(() -> used(key).requests() > before);
        }
        return used(key);
    }

    private String cancelled() throws InterruptedException {
        return String.valueOf(engine.cancelled.poll(20, TimeUnit.SECONDS));
    }

    /** The engine samples at least one token for each sequence. */
    @Test
    void answersOfNoTokensCountNone() throws Exception {
        engine.answer(Events.token('a'), Events.finished(FinishReason.LENGTH, 2, 1));
        var key = key(null, perMinute(null, 600L));
        var body =
                "{\"model\": \"demo\", \"prompt\": [[1, 2], [3, 4, 5]], \"n\": 3, \"max_tokens\": 0, \"echo\": true}";
        var answer = call(TEXT, key, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(json(answer.body()).get("usage").get("total_tokens").asLong()).isEqualTo(5);
        assertThat(used(key)).isEqualTo(new UsageCount(1, 5));
        assertThat(remainingTokens(key)).isEqualTo(595);
    }

    @Test
    void aLimitThatChangesWhileABodyIsOnTheWayHoldsForIt() throws Exception {
        answerTwoTokens();
        var key = key(null, perMinute(3L, null));
        var old = key.key().limited();
        var _ =
                keys.change(
                        key.key().id(),
                        order ->
                                new KeySettings(
                                        order.name(),
                                        order.team(),
                                        order.scopes(),
                                        order.adapters(),
                                        order.expires(),
                                        perMinute(1L, null)));
        assertThat(limiter.headroom(List.of(old)).requests().map(Headroom.Rate::limit))
                .contains(1L);
        assertThat(call(TEXT, key, text("")).statusCode()).isEqualTo(200);
        assertThat(call(TEXT, key, text("")).statusCode()).isEqualTo(429);
        assertThat(limiter.headroom(List.of(old)).requests().map(Headroom.Rate::remaining))
                .contains(0L);
    }

    /** The next call of a client comes once it has its answer, and must find its place free. */
    @Test
    void consecutiveCallsNeverCountAsTwoAtATime() throws Exception {
        answerTwoTokens();
        var key = key(null, new Limits(null, null, 1L, null));
        for (int i = 0; i < 100; i++) {
            var answer = call(TEXT, key, text(i % 2 == 0 ? "" : ", \"stream\": true"));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
        assertThat(used(key).requests()).isEqualTo(100);
    }
}
