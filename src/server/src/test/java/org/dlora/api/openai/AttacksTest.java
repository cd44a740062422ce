package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.dlora.api.admin.AdminApi;
import org.dlora.api.admin.FakeHistory;
import org.dlora.api.admin.IdleScheduling;
import org.dlora.api.pools.PoolSettings;
import org.dlora.api.pools.PoolsSettings;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.replica.request.FinishReason;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.IssuedKey;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.Scope;
import org.dlora.security.Team;
import org.dlora.security.limits.Limits;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.test.util.ReflectionTestUtils;

/**
 * Legal calls of some keys whose work is held, as many as their pool accepts and more, and the
 * calls of another key beside.
 */
@Import({LimitedCallsTest.Keys.class, AdminApi.class, AttacksTest.Store.class})
class AttacksTest extends ApiTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String PERMITS = "compiling";

    /** Calls of each key beyond those that its pool accepts of it. */
    private static final int MORE = 3;

    private static final AtomicInteger made = new AtomicInteger();

    /** Work that legal calls can take much of, by the pool that does it. */
    enum Attack {
        TEMPLATES("bodies", PoolsSettings::bodies),
        SCHEMAS("compilation", PoolsSettings::compilation),
        GATES("catalogue", PoolsSettings::catalogue),
        HISTORY("store", PoolsSettings::store);

        final String pool;
        final int threads;
        final int queue;

        Attack(String pool, Function<PoolsSettings, PoolSettings> settings) {
            this.pool = pool;
            var usual = settings.apply(PoolsSettings.USUAL);
            threads = usual.threads();
            queue = usual.queue();
        }

        /** Returns the threads that keys without a team have together. */
        int threads(int keys) {
            return keys * Math.max(1, threads / 2);
        }

        /** Returns the threads of a team of two keys or more. */
        int threadsOfTeam() {
            return Math.max(1, threads - 1);
        }

        int queue(int keys) {
            return keys * (queue / 2);
        }

        int queueOfTeam() {
            return queue * 3 / 4;
        }
    }

    @TestConfiguration(proxyBeanMethods = false)
    static class Store {
        @Bean
        FakeHistory history() {
            return new FakeHistory();
        }
    }

    @Autowired private KeyService keys;
    @Autowired private FakeHistory history;
    private final HeldWork work = new HeldWork();
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
    private final LinkedBlockingQueue<HttpResponse<String>> answers = new LinkedBlockingQueue<>();
    private @Nullable Object permits;

    @BeforeEach
    void serveHeldTemplate() {
        engine.answer(
                Events.token('a'), Events.token('b'), Events.finished(FinishReason.LENGTH, 1, 2));
        var source =
                new HeldTemplate(
                        new TinyAdapter("slow", Optional.of("1"), DEMO.resolve("adapters/rot13")),
                        work);
        var catalogue = new Catalogue("demo", List.of(new ServedAdapter("slow#1", source, NOW)));
        new ServedBuilder(new ServedModels(base, 1024, catalogue, NOW), engine)
                .catalogue(gates())
                .scheduling(new IdleScheduling())
                .begin(serving, administration);
        history.before = work::pass;
        permits = ReflectionTestUtils.getField(base.constraints(), PERMITS);
        ReflectionTestUtils.setField(base.constraints(), PERMITS, new HeldPermits(2, work));
    }

    @AfterEach
    void stop() {
        // Calls that still wait would let close() wait for their time.
        http.shutdownNow();
        history.before = () -> {};
        ReflectionTestUtils.setField(base.constraints(), PERMITS, permits);
        http.close();
    }

    /** Returns a catalogue without gates, which says so once the work has passed. */
    private CatalogueService gates() {
        return (CatalogueService)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {CatalogueService.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("judge")) {
                                work.pass();
                                throw NoSuchAdapterException.gate((String) arguments[0]);
                            }
                            return Optional.empty();
                        });
    }

    private IssuedKey key(Attack attack, @Nullable String team) {
        return keys.issue(
                new KeySettings(
                        "app", team, scopes(attack), AdapterPatterns.ALL, null, Limits.NONE));
    }

    /** Returns the scopes that such calls and completions need. */
    private static Set<Scope> scopes(Attack attack) {
        return switch (attack) {
            case TEMPLATES, SCHEMAS -> Set.of(Scope.INFERENCE);
            case GATES -> Set.of(Scope.INFERENCE, Scope.ADAPTERS);
            case HISTORY -> Set.of(Scope.ADMIN);
        };
    }

    private List<IssuedKey> keysOfATeam(Attack attack) {
        var team =
                keys.create(
                        new Team(
                                "team-" + made.incrementAndGet(),
                                "",
                                AdapterPatterns.ALL,
                                AdapterPatterns.ALL,
                                NOW));
        return List.of(key(attack, team.name()), key(attack, team.name()));
    }

    private HttpRequest post(String path, IssuedKey key, String body) {
        return request(path, key)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private HttpRequest.Builder request(String path, IssuedKey key) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofMinutes(3))
                .header("Authorization", "Bearer " + key.secret());
    }

    /** Returns a legal call whose work an attack takes. */
    private HttpRequest call(Attack attack, IssuedKey key) {
        return switch (attack) {
            case TEMPLATES ->
                    post(CHAT, key, ChatCompletionsTest.chat("slow", ", \"max_tokens\": 2"));
            case SCHEMAS ->
                    post(
                            CHAT,
                            key,
                            ChatCompletionsTest.chat(
                                    "demo",
                                    ", \"max_tokens\": 2, \"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"one\", \"schema\": {\"const\": %d}}}"
                                            .formatted(made.incrementAndGet())));
            case GATES -> post("/admin/adapters/slow/versions/1/gate", key, "{}");
            case HISTORY -> request("/admin/requests", key).GET().build();
        };
    }

    /** Returns the status of such a call that is not held. */
    private static int status(Attack attack) {
        return attack == Attack.GATES ? 404 : 200;
    }

    private HttpResponse<String> answer(HttpRequest request) throws Exception {
        return http.sendAsync(request, BodyHandlers.ofString()).get(1, TimeUnit.MINUTES);
    }

    private void send(Attack attack, IssuedKey key, int calls) {
        for (int i = 0; i < calls; i++) {
            var answer = http.sendAsync(call(attack, key), BodyHandlers.ofString());
            sent.add(answer);
            var _ = answer.thenAccept(answers::add);
        }
    }

    private List<HttpResponse<String>> answers(int count) throws InterruptedException {
        var all = new ArrayList<HttpResponse<String>>();
        while (all.size() < count) {
            var next = answers.poll(1, TimeUnit.MINUTES);
            assertThat(next).as("answer %d of %d", all.size(), count).isNotNull();
            all.add(next);
        }
        return all;
    }

    /** Sends calls until their share of the pool, or all of it, is taken and they are refused. */
    private void attack(Attack attack, List<IssuedKey> attackers, int threads, int queue)
            throws Exception {
        int each = attack.threads(1) + attack.queue(1) + MORE;
        attackers.forEach(key -> send(attack, key, each));
        for (var refused : answers(attackers.size() * each - threads - queue)) {
            assertRefused(refused, 429, "rate_limit_error", "share_full", attack);
        }
        work.holdOnly(threads);
        assertThat(answers).isEmpty();
        var health = http.send(requestHealth(), BodyHandlers.ofString());
        assertThat(json(health.body()).get("refusing").valueStream().map(one -> one.asString()))
                .containsExactly(attack.pool);
    }

    private HttpRequest requestHealth() {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health")).build();
    }

    private static void assertRefused(
            HttpResponse<String> refused, int status, String type, String code, Attack attack) {
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(status);
        assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();
        var error = json(refused.body()).get("error");
        assertThat(error.get("message").asString())
                .contains("dlora.http.pools." + attack.pool, "Try again later.");
        assertThat(error.get("type").asString()).isEqualTo(type);
        assertThat(error.get("code").asString()).isEqualTo(code);
    }

    private void assertAnswered(IssuedKey key) throws Exception {
        var text = "{\"model\": \"demo\", \"prompt\": [1], \"max_tokens\": 2%s}";
        var whole = answer(post("/v1/completions", key, text.formatted("")));
        assertThat(whole.statusCode()).as(whole.body()).isEqualTo(200);
        assertThat(json(whole.body()).get("usage").get("completion_tokens").intValue())
                .isEqualTo(2);
        var streamed = answer(post("/v1/completions", key, text.formatted(", \"stream\": true")));
        assertThat(streamed.body()).endsWith("data: [DONE]\n\n");
    }

    /** Ends all held calls, and asserts that they are answered as usual. */
    private void assertEnd(Attack attack, int held) throws Exception {
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get(2, TimeUnit.MINUTES);
        assertThat(answers(held)).extracting(HttpResponse::statusCode).containsOnly(status(attack));
        assertThat(answers).isEmpty();
    }

    private void assertOthersPass(Attack attack, List<IssuedKey> attackers, int threads, int queue)
            throws Exception {
        var other = key(attack, null);
        var latch = work.hold();
        try {
            attack(attack, attackers, threads, queue);
            assertAnswered(other);
            var same = answer(call(attack, other));
            assertThat(same.statusCode()).as(same.body()).isEqualTo(status(attack));
            assertThat(answers).isEmpty();
        } finally {
            latch.countDown();
        }
        assertEnd(attack, threads + queue);
    }

    @ParameterizedTest
    @EnumSource
    void othersPassBesideOneKey(Attack attack) throws Exception {
        assertOthersPass(attack, List.of(key(attack, null)), attack.threads(1), attack.queue(1));
    }

    /** Keys of teams read no history. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HISTORY")
    void othersPassBesideTheKeysOfATeam(Attack attack) throws Exception {
        assertOthersPass(attack, keysOfATeam(attack), attack.threadsOfTeam(), attack.queueOfTeam());
    }

    /** Bodies are read for all calls, so there is no call beside where that is refused. */
    @ParameterizedTest
    @EnumSource
    void aPoolThatStrangersFillIsBusy(Attack attack) throws Exception {
        var other = key(attack, null);
        int threads = attack.threads(2);
        int queue = attack.queue(2);
        var latch = work.hold();
        try {
            attack(attack, List.of(key(attack, null), key(attack, null)), threads, queue);
            assertRefused(answer(call(attack, other)), 503, "server_error", "overloaded", attack);
            if (attack != Attack.TEMPLATES) {
                assertAnswered(other);
            }
        } finally {
            latch.countDown();
        }
        assertEnd(attack, threads + queue);
    }
}
