package org.dlora.api.openai;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.FakeKeyStore;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.RingSettings;
import org.dlora.security.Scope;
import org.dlora.security.SecretSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

/** Requests for versions and aliases, with the defaults that these have. */
class VersionsInRequestsTest extends ApiTest {
    private static final String CHAT =
            "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]%s}";
    private static final VersionDefaults BRIEF =
            new VersionDefaults(
                    Optional.of("Be brief."),
                    new ParameterDefaults(
                            OptionalDouble.of(0.25),
                            OptionalDouble.empty(),
                            OptionalInt.of(7),
                            OptionalDouble.empty(),
                            OptionalDouble.of(0.5),
                            OptionalDouble.empty(),
                            OptionalDouble.empty(),
                            OptionalInt.of(5)));

    @BeforeEach
    void serveVersions() {
        engine.answer(request -> Events.saying("yes", request.prompt().length));
        var entry = CatalogueEntry.of(adapter("sql#1", "a".repeat(64)));
        entry =
                entry.with(
                        version(2, "sql#2", "b".repeat(64), BRIEF),
                        adapter("sql#2", "b".repeat(64)));
        var record = entry.record().routed("brief", AliasRoute.to(2));
        changes.catalogue().put(entry.with(record));
        changes.catalogue()
                .put(
                        CatalogueEntry.of(
                                new ServedAdapter(
                                        "größe#1",
                                        new TinyAdapter(
                                                "größe", Optional.of("c".repeat(64)), Path.of("g")),
                                        NOW)));
    }

    private static ServedAdapter adapter(String id, String content) {
        return new ServedAdapter(
                id, new TinyAdapter("sql", Optional.of(content), Path.of("f")), NOW);
    }

    private static VersionRecord version(
            int number, String id, String content, VersionDefaults defaults) {
        return CatalogueEntry.version(
                number, adapter(id, content).source(), NOW, defaults, "f" + number);
    }

    private String header(String model) {
        return String.valueOf(
                post("/v1/chat/completions", CHAT.formatted(model, ""))
                        .expectStatus()
                        .isOk()
                        .expectBody()
                        .returnResult()
                        .getResponseHeaders()
                        .getFirst("X-DLoRA-Adapter"));
    }

    @Test
    void answersSayWhichVersionGaveThem() {
        assertThat(header("sql")).isEqualTo("sql@1 aaaaaaaaaaaa");
        assertThat(header("sql@1")).isEqualTo("sql@1 aaaaaaaaaaaa");
        var brief = header("sql@brief");
        assertThat(brief).startsWith("sql@2 ").hasSize("sql@2 aaaaaaaaaaaa".length());
        assertThat(brief).isNotEqualTo("sql@2 bbbbbbbbbbbb").isEqualTo(header("sql@2"));
        assertThat(header("demo")).isEqualTo("null");
        assertThat(header("größe")).isEqualTo("gr%C3%B6%C3%9Fe@1 cccccccccccc");
        assertThat(engine.submitted.getFirst().adapter().is("sql")).isTrue();
    }

    @Test
    void aStickyAliasGoesByTheKeyOfCallsWithoutAUser() {
        var even = new AliasRoute(new TreeMap<>(Map.of(1, 1, 2, 1)), true);
        var entry = changes.catalogue().entry("sql").orElseThrow();
        changes.catalogue().put(entry.with(entry.record().routed("even", even)));
        var ring = new KeyRing(new RingSettings(Optional.empty(), false, false), () -> NOW);
        var keys = new KeyService(ring, new FakeKeyStore(), SecretSource.inMemory(), () -> NOW);
        var chosen = new HashSet<Integer>();
        for (int i = 0; i < 40; i++) {
            var order = new KeySettings("k", null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, null);
            var secret = keys.issue(order).secret();
            var access = ring.authenticate(List.of("Bearer " + secret));
            var versions = new HashSet<Integer>();
            for (int call = 0; call < 10; call++) {
                var choice = serving.require().select("sql@even", null, access).choice();
                versions.add(requireNonNull(choice).version().number());
            }
            assertThat(versions).hasSize(1);
            chosen.addAll(versions);
        }
        assertThat(chosen).containsExactlyInAnyOrder(1, 2);
    }

    @Test
    void streamsNameTheVersionInTheirHeaders() {
        var answer =
                post("/v1/chat/completions", CHAT.formatted("sql@2", ", \"stream\": true"))
                        .expectStatus()
                        .isOk()
                        .expectBody(String.class)
                        .returnResult();
        assertThat(answer.getResponseHeaders().getFirst("X-DLoRA-Adapter")).startsWith("sql@2 ");
        assertThat(answer.getResponseBody()).doesNotContain("dlora_adapter");
    }

    @Test
    void streamsOfContentThatIsNotValidatedDoNotGuess() {
        changes.catalogue()
                .put(
                        CatalogueEntry.of(
                                new ServedAdapter(
                                        "new#1",
                                        new TinyAdapter("new", Optional.empty(), Path.of("n")),
                                        NOW)));
        var answer =
                post("/v1/chat/completions", CHAT.formatted("new", ", \"stream\": true"))
                        .expectStatus()
                        .isOk()
                        .expectBody(String.class)
                        .returnResult();
        assertThat(answer.getResponseHeaders().getFirst("X-DLoRA-Adapter")).isNull();
        assertThat(answer.getResponseBody()).doesNotContain("dlora_adapter");
    }

    @Test
    void defaultsHoldWhereTheRequestGivesNone() {
        ask("/v1/chat/completions", CHAT.formatted("sql@2", ""));
        var given = engine.submitted.getLast();
        assertThat(given.sampling().temperature()).isEqualTo(0.25);
        assertThat(given.sampling().topK()).isEqualTo(7);
        assertThat(given.sampling().presencePenalty()).isEqualTo(0.5);
        assertThat(given.stop().maxTokens()).isEqualTo(5);
        assertThat(prompt(given.prompt())).contains("Be brief.");
        ask(
                "/v1/chat/completions",
                CHAT.formatted("sql@2", ", \"temperature\": 1, \"max_tokens\": 3"));
        given = engine.submitted.getLast();
        assertThat(given.sampling().temperature()).isEqualTo(1);
        assertThat(given.stop().maxTokens()).isEqualTo(3);
        ask("/v1/chat/completions", CHAT.formatted("sql@1", ""));
        assertThat(prompt(engine.submitted.getLast().prompt())).doesNotContain("Be brief.");
        assertThat(engine.submitted.getLast().sampling().presencePenalty()).isZero();
    }

    @Test
    void aSystemMessageComesBeforeTheSystemPrompt() {
        ask(
                "/v1/chat/completions",
                "{\"model\": \"sql@2\", \"messages\": [{\"role\": \"system\", \"content\": \"Talk.\"}, {\"role\": \"user\", \"content\": \"Hi\"}]}");
        assertThat(prompt(engine.submitted.getLast().prompt()))
                .contains("Talk.")
                .doesNotContain("Be brief.");
        var tokens =
                ask(
                        "/tokenize",
                        "{\"model\": \"sql@2\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}");
        ask("/v1/chat/completions", CHAT.formatted("sql@2", ""));
        assertThat(tokens.get("count").intValue())
                .isEqualTo(engine.submitted.getLast().prompt().length);
    }

    @Test
    void aShadowGetsThePromptOfItsOwnVersion() {
        var entry = changes.catalogue().entry("sql").orElseThrow();
        changes.catalogue().put(entry.with(entry.record().shadowed("", OptionalInt.of(2))));
        ask("/v1/chat/completions", CHAT.formatted("sql", ", \"n\": 2"));
        assertThat(prompt(engine.submitted.getLast().prompt())).doesNotContain("Be brief.");
        assertThat(engine.shadows).hasSize(2);
        var shadow = engine.shadows.getLast();
        assertThat(shadow.choice().number()).isEqualTo(2);
        assertThat(prompt(shadow.prompt())).contains("Be brief.");
        ask("/v1/completions", "{\"model\": \"sql\", \"prompt\": [\"a\", \"b\"]}");
        assertThat(engine.shadows).hasSize(4);
        assertThat(engine.shadows.getLast().prompt())
                .isEqualTo(engine.submitted.getLast().prompt());
        // Its own requests, those that name a version and those of other aliases have none.
        ask("/v1/chat/completions", CHAT.formatted("sql@2", ""));
        ask("/v1/chat/completions", CHAT.formatted("sql@1", ""));
        ask("/v1/chat/completions", CHAT.formatted("sql@brief", ""));
        assertThat(engine.shadows).hasSize(4);
    }

    private String prompt(int[] tokens) {
        return base.tokenizer().decode(tokens, false);
    }

    @Test
    void usersStayOnTheirVersion() {
        var entry = changes.catalogue().entry("sql").orElseThrow();
        var route = new AliasRoute(new TreeMap<>(Map.of(1, 1, 2, 1)), true);
        changes.catalogue().put(entry.with(entry.record().routed("", route)));
        var seen = new HashSet<String>();
        for (int i = 0; i < 40; i++) {
            var body = CHAT.formatted("sql", ", \"user\": \"user " + i + "\"");
            var first = label(body);
            assertThat(label(body)).isEqualTo(first);
            seen.add(first.substring(0, 5));
        }
        assertThat(seen).containsExactlyInAnyOrder("sql@1", "sql@2");
    }

    private String label(String body) {
        return String.valueOf(
                post("/v1/chat/completions", body)
                        .expectStatus()
                        .isOk()
                        .expectBody()
                        .returnResult()
                        .getResponseHeaders()
                        .getFirst("X-DLoRA-Adapter"));
    }

    @Test
    void unknownVersionsAre404() {
        for (var model : List.of("sql@3", "sql@none", "none@1")) {
            var body =
                    post("/v1/chat/completions", CHAT.formatted(model, ""))
                            .expectStatus()
                            .isEqualTo(HttpStatus.NOT_FOUND)
                            .expectBody(String.class)
                            .returnResult()
                            .getResponseBody();
            assertThat(body)
                    .contains("model_not_found")
                    .contains(model.substring(model.indexOf('@') + 1));
        }
        assertThat(engine.submitted).isEmpty();
    }

    @Test
    void modelsAreAdaptersNotVersions() {
        client().get()
                .uri("/v1/models")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .value(body ->
                        assertThat(body).contains("\"sql\"", "\"größe\"").doesNotContain("@"));
    }
}
