package org.dlora.api.admin;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.api.openai.ServedBuilder;
import org.dlora.catalogue.SchedulingService;
import org.dlora.catalogue.TinyServer;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.versions.CatalogueChangedException;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.SchedulingSettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import tools.jackson.databind.JsonNode;

/** Adapters, versions and aliases over HTTP, on real replicas. */
class CatalogueControllerTest extends AdminServer {
    private final TinyServer server = new TinyServer();

    @BeforeEach
    void serve() {
        server.serve("sql", "r8-all");
        server.serve("team/law", "dora");
        serve(served());
    }

    private ServedBuilder served() {
        return new ServedBuilder(
                        new ServedModels(base, 64, server.names(), Instant.EPOCH),
                        new IdleService())
                .catalogue(server.service())
                .scheduling(server.scheduling())
                .residency(server.residency());
    }

    /** Scheduling whose shares another server changes all the time. */
    private record LostRace(SchedulingService service) implements SchedulingService {
        @Override
        public List<SchedulingReport> scheduling(int lastSteps) {
            return service.scheduling(lastSteps);
        }

        @Override
        public List<DispatchRecord> dispatch(int last) {
            return service.dispatch(last);
        }

        @Override
        public CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
            throw CatalogueChangedException.share("sql");
        }

        @Override
        public List<JudgedAdapter> adapters() {
            return service.adapters();
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private JsonNode put(String path, String body, HttpStatus status) {
        return json(
                client().put()
                        .uri(path)
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(body)
                        .exchange(),
                status);
    }

    private void delete(String path, HttpStatus status) {
        client().method(HttpMethod.DELETE)
                .uri(path)
                .header("X-DLoRA-Request", "test")
                .exchange()
                .expectStatus()
                .isEqualTo(status);
    }

    private JsonNode ok(String path) {
        return get(path, HttpStatus.OK);
    }

    @Test
    void anUpdateIsShownAndChangesNothingTheSecondTime() {
        var body =
                """
                {"description": "Queries", "tags": ["b", "a"], "owner": "ann", "pinned": true, "share": 2,
                 "system_prompt": "Be brief.", "parameters": {"temperature": 0.5, "max_tokens": 9}}\
                """;
        var first = put("/admin/adapters/sql", body, HttpStatus.OK);
        assertThat(first.get("description").asString()).isEqualTo("Queries");
        assertThat(first.get("tags").toString()).isEqualTo("[\"a\",\"b\"]");
        assertThat(first.get("owner").asString()).isEqualTo("ann");
        assertThat(first.get("pinned").booleanValue()).isTrue();
        assertThat(first.get("share").doubleValue()).isEqualTo(2);
        assertThat(first.get("system_prompt").asString()).isEqualTo("Be brief.");
        assertThat(first.get("parameters").toString())
                .isEqualTo("{\"temperature\":0.5,\"max_tokens\":9}");
        assertThat(first.get("active_version").intValue()).isEqualTo(2);
        put("/admin/adapters/sql", body, HttpStatus.OK);
        put("/admin/adapters/sql", "{}", HttpStatus.OK);
        var again = ok("/admin/adapters/sql");
        assertThat(again.get("aliases")).isEqualTo(first.get("aliases"));
        assertThat(again.get("description").asString()).isEqualTo("Queries");
        var cleared =
                put(
                        "/admin/adapters/sql",
                        "{\"description\": null, \"tags\": null, \"pinned\": false, \"share\": null, \"system_prompt\": null, \"parameters\": null}",
                        HttpStatus.OK);
        assertThat(cleared.get("active_version").intValue()).isEqualTo(1);
        assertThat(cleared.get("pinned").booleanValue()).isFalse();
        assertThat(cleared.get("share").doubleValue()).isEqualTo(1);
        assertThat(cleared.get("tags")).isEmpty();
        assertThat(cleared.get("owner").asString()).isEqualTo("ann");
    }

    @Test
    void anUpdateThatLosesTheRaceForItsShareChangesNothing() {
        serve(served().scheduling(new LostRace(server.scheduling())));
        var known = server.service().find("sql").orElseThrow().record();
        var body = "{\"description\": \"Queries\", \"pinned\": true, \"share\": 2}";
        assertThat(message(put("/admin/adapters/sql", body, HttpStatus.CONFLICT)))
                .contains("Another server has changed the share");
        assertThat(server.service().find("sql").orElseThrow().record()).isEqualTo(known);
        assertThat(ok("/admin/adapters/sql").get("pinned").booleanValue()).isFalse();
    }

    @Test
    void anUpdateThatIsRefusedLeavesTheShare() {
        post("/admin/adapters/sql/versions", "{\"path\": \"dora\"}", HttpStatus.OK);
        put("/admin/adapters/sql/aliases", "{\"versions\": {\"1\": 1, \"2\": 1}}", HttpStatus.OK);
        put("/admin/adapters/sql", "{\"share\": 2}", HttpStatus.OK);
        var body = "{\"share\": 3, \"system_prompt\": \"Be brief.\"}";
        put("/admin/adapters/sql", body, HttpStatus.CONFLICT);
        assertThat(ok("/admin/adapters/sql").get("share").doubleValue()).isEqualTo(2);
        put("/admin/adapters/none", body, HttpStatus.NOT_FOUND);
        assertThat(server.scheduling().scheduling(0).getFirst().weights().byName())
                .isEqualTo(Map.of("sql", 2.0));
    }

    /** Content that an adapter has had is that version, so a repeated call has one effect. */
    @Test
    void updatesAreIdempotentByHash() {
        var one = "{\"system_prompt\": \"Be brief.\", \"parameters\": {\"top_k\": 3}}";
        var other = "{\"system_prompt\": \"Be long.\"}";
        put("/admin/adapters/sql", one, HttpStatus.OK);
        var first = ok("/admin/adapters/sql/versions/2").get("hash");
        put("/admin/adapters/sql", other, HttpStatus.OK);
        assertThat(ok("/admin/adapters/sql/versions/3").get("hash")).isNotEqualTo(first);
        for (int i = 0; i < 3; i++) {
            var again = put("/admin/adapters/sql", one, HttpStatus.OK);
            assertThat(again.get("active_version").intValue()).isEqualTo(2);
        }
        assertThat(ok("/admin/adapters/sql/versions").get("versions")).hasSize(3);
        assertThat(ok("/admin/adapters/sql/versions/2").get("hash")).isEqualTo(first);
        assertThat(ok("/admin/adapters/sql/aliases").get("aliases").get(0).get("earlier"))
                .hasSize(3);
    }

    @Test
    void versionsAreAddedRoutedAndRolledBack() {
        var added =
                post(
                        "/admin/adapters/team/law/versions",
                        "{\"path\": \"r4-qv\", \"activate\": false}",
                        HttpStatus.OK);
        assertThat(added.get("number").intValue()).isEqualTo(2);
        assertThat(added.get("state").asString()).isEqualTo("ready");
        assertThat(added.get("aliases")).isEmpty();
        assertThat(added.get("source").asString()).isEqualTo("r4-qv");
        assertThat(added.get("ranks").toString()).isEqualTo("[4]");
        assertThat(added.get("targets").toString()).isEqualTo("[\"q_proj\",\"v_proj\"]");
        assertThat(added.get("bytes").longValue()).isPositive();
        assertThat(added.get("warnings").isArray()).isTrue();
        assertThat(added.get("fidelity").isNull()).isTrue();
        assertThat(added.get("created_by").asString()).isEqualTo("127.0.0.1");
        assertThat(ok("/admin/adapters/team/law/versions/1").get("created_by").isNull()).isTrue();
        assertThat(ok("/admin/adapters/team/law/versions").get("versions")).hasSize(2);
        assertThat(ok("/admin/adapters/team/law/versions/2")).isEqualTo(added);
        var alias =
                put(
                        "/admin/adapters/team/law/aliases/champion",
                        "{\"versions\": {\"2\": 1}}",
                        HttpStatus.OK);
        assertThat(alias.toString())
                .isEqualTo(
                        "{\"alias\":\"champion\",\"versions\":{\"2\":1},\"sticky\":false,\"shadow\":null,\"shadow_owner\":null,\"shadow_runs\":null,\"earlier\":[]}");
        put(
                "/admin/adapters/team/law/aliases",
                "{\"versions\": {\"1\": 90, \"2\": 10}, \"sticky\": true}",
                HttpStatus.OK);
        var all = ok("/admin/adapters/team/law/aliases").get("aliases");
        assertThat(all).hasSize(2);
        assertThat(all.get(0).get("versions").toString()).isEqualTo("{\"1\":90,\"2\":10}");
        assertThat(all.get(0).get("sticky").booleanValue()).isTrue();
        var back = post("/admin/adapters/team/law/rollback", "{}", HttpStatus.OK);
        assertThat(back.get("versions").toString()).isEqualTo("{\"1\":1}");
        assertThat(
                        message(
                                post(
                                        "/admin/adapters/team/law/rollback",
                                        "{\"alias\": \"champion\"}",
                                        HttpStatus.CONFLICT)))
                .isEqualTo("Alias 'champion' of adapter 'team/law' never had another route.");
        delete("/admin/adapters/team/law/versions/2", HttpStatus.CONFLICT);
        delete("/admin/adapters/team/law/aliases/champion", HttpStatus.NO_CONTENT);
        delete("/admin/adapters/team/law/versions/2", HttpStatus.NO_CONTENT);
        assertThat(ok("/admin/adapters/team/law/versions/2").get("state").asString())
                .isEqualTo("retired");
        delete("/admin/adapters/team/law", HttpStatus.NO_CONTENT);
        delete("/admin/adapters/team/law", HttpStatus.NOT_FOUND);
    }

    private static final String GATE =
            "{\"prompts\": [{\"prompt\": \"One two\", \"max_tokens\": 8}]}";

    @Test
    void aGateKeepsAVersionFromItsRequests() {
        var gate = put("/admin/adapters/team/law/gate", GATE, HttpStatus.OK);
        assertThat(gate.get("hash").asString()).hasSize(64);
        var prompt = gate.get("prompts").get(0);
        assertThat(prompt.get("expected").asString()).isNotEmpty();
        assertThat(prompt.get("messages").isNull()).isTrue();
        assertThat(ok("/admin/adapters/team/law/gate")).isEqualTo(gate);
        var refused =
                post(
                        "/admin/adapters/team/law/versions",
                        "{\"path\": \"r4-qv\"}",
                        HttpStatus.CONFLICT);
        assertThat(message(refused))
                .startsWith(
                        "Version 2 of adapter 'team/law' did not pass its gate, requests for the name still get version 1: prompt 0: expected '");
        var version = ok("/admin/adapters/team/law/versions/2");
        assertThat(version.get("aliases")).isEmpty();
        var result = version.get("gate");
        assertThat(result.get("passed").booleanValue()).isFalse();
        assertThat(result.get("current").booleanValue()).isTrue();
        assertThat(result.get("prompts").get(0).get("first_difference").isInt()).isTrue();
        put("/admin/adapters/team/law/aliases", "{\"versions\": {\"2\": 1}}", HttpStatus.CONFLICT);
        var judged = post("/admin/adapters/team/law/versions/1/gate", "{}", HttpStatus.OK);
        assertThat(judged.get("gate").get("passed").booleanValue()).isTrue();
        delete("/admin/adapters/team/law/gate", HttpStatus.NO_CONTENT);
        delete("/admin/adapters/team/law/gate", HttpStatus.NOT_FOUND);
        get("/admin/adapters/team/law/gate", HttpStatus.NOT_FOUND);
        assertThat(
                        ok("/admin/adapters/team/law/versions/1")
                                .get("gate")
                                .get("current")
                                .booleanValue())
                .isFalse();
        post("/admin/adapters/team/law/versions/1/gate", "{}", HttpStatus.NOT_FOUND);
        post("/admin/adapters/team/law/gate", "{}", HttpStatus.NOT_FOUND);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|'prompts' is required",
                "{\"prompts\": []}|an array of 1 to 64 prompts",
                "{\"prompts\": [{}]}|'prompts[0]' needs either 'messages' or a 'prompt'",
                "{\"prompts\": [{\"prompt\": \"a\", \"messages\": [{\"role\": \"user\", \"content\": \"b\"}]}]}|needs either",
                "{\"prompts\": [{\"prompt\": \"a\", \"expected\": \"b\", \"max_divergence\": 1}]}|a prompt has one criterion",
                "{\"prompts\": [{\"prompt\": \"a\", \"tokens\": [1]}]}|'tokens', 'logprobs' and 'max_divergence' together",
                "{\"prompts\": [{\"prompt\": \"a\", \"tokens\": [1], \"logprobs\": [-1, -2], \"max_divergence\": 1}]}|given were 1 tokens and 2",
                "{\"prompts\": [{\"prompt\": \"a\", \"tokens\": [-1], \"logprobs\": [-1], \"max_divergence\": 1}]}|'prompts[0].tokens[0]' must be an integer",
                "{\"prompts\": [{\"prompt\": \"a\", \"max_tokens\": 0}]}|'prompts[0].max_tokens' must be an integer",
                "{\"prompts\": [{\"messages\": []}]}|at least one message",
                "{\"prompts\": [{\"prompt\": \"a\", \"wrong\": 1}]}|wrong"
            })
    void gatesThatMeanNothingAreRefused(String body, String words) {
        assertThat(message(put("/admin/adapters/sql/gate", body, HttpStatus.BAD_REQUEST)))
                .contains(words);
    }

    @Test
    void anAliasHasAShadow() {
        post(
                "/admin/adapters/sql/versions",
                "{\"path\": \"dora\", \"activate\": false}",
                HttpStatus.OK);
        var alias =
                put(
                        "/admin/adapters/sql/aliases",
                        "{\"versions\": {\"1\": 1}, \"shadow\": 2}",
                        HttpStatus.OK);
        assertThat(alias.get("shadow").intValue()).isEqualTo(2);
        delete("/admin/adapters/sql/versions/2", HttpStatus.CONFLICT);
        assertThat(
                        message(
                                put(
                                        "/admin/adapters/sql/aliases",
                                        "{\"versions\": {\"1\": 1}, \"shadow\": 1}",
                                        HttpStatus.BAD_REQUEST)))
                .startsWith("'shadow' is version 1, which answers all requests");
        put(
                "/admin/adapters/sql/aliases",
                "{\"versions\": {\"1\": 1}, \"shadow\": 9}",
                HttpStatus.NOT_FOUND);
        put("/admin/adapters/sql/aliases", "{\"versions\": {\"1\": 1}}", HttpStatus.OK);
        assertThat(ok("/admin/adapters/sql/aliases").get("aliases").get(0).get("shadow").isNull())
                .isTrue();
    }

    @Test
    void listsAreFilteredSortedAndPaged() {
        put("/admin/adapters/sql", "{\"tags\": [\"a\"], \"owner\": \"ann\"}", HttpStatus.OK);
        assertThat(names("")).containsExactly("sql", "team/law");
        assertThat(names("?sort=-name")).containsExactly("team/law", "sql");
        assertThat(names("?name=LAW")).containsExactly("team/law");
        assertThat(names("?tag=a&owner=ann&state=ready")).containsExactly("sql");
        assertThat(names("?tag=a&tag=b")).isEmpty();
        assertThat(names("?sort=name&offset=1&limit=1")).containsExactly("team/law");
        assertThat(ok("/admin/adapters?limit=0").get("total").intValue()).isEqualTo(2);
        for (var query : List.of("sort=age", "limit=-1", "limit=x", "nam=x", "name=a&name=b")) {
            get("/admin/adapters?" + query, HttpStatus.BAD_REQUEST);
        }
    }

    private List<String> names(String query) {
        return ok("/admin/adapters" + query)
                .get("adapters")
                .valueStream()
                .map(adapter -> adapter.get("name").asString())
                .toList();
    }

    @Test
    void badInputIsRefusedInWords() {
        for (var body :
                List.of(
                        "{\"tags\": \"a\"}",
                        "{\"tags\": [\"\"]}",
                        "{\"share\": 0}",
                        "{\"pinned\": 1}",
                        "{\"description\": \"\\u0000\"}",
                        "{\"parameters\": {\"temperature\": 3}}",
                        "{\"parameters\": {\"best_of\": 3}}",
                        "{\"name\": \"x\"}")) {
            assertThat(message(put("/admin/adapters/sql", body, HttpStatus.BAD_REQUEST)))
                    .as(body)
                    .isNotBlank();
        }
        for (var body :
                List.of(
                        "{}",
                        "{\"versions\": {}}",
                        "{\"versions\": {\"x\": 1}}",
                        "{\"versions\": {\"1\": 0}}",
                        "{\"versions\": {\"1\": \"a\"}}")) {
            put("/admin/adapters/sql/aliases/champion", body, HttpStatus.BAD_REQUEST);
        }
        put("/admin/adapters/sql/aliases/3", "{\"versions\": {\"1\": 1}}", HttpStatus.BAD_REQUEST);
        assertThat(
                        message(
                                put(
                                        "/admin/adapters/sql/aliases/champion",
                                        "{\"versions\": {\"7\": 1}}",
                                        HttpStatus.NOT_FOUND)))
                .contains("'7'");
        put("/admin/adapters/none", "{}", HttpStatus.NOT_FOUND);
        get("/admin/adapters/none", HttpStatus.NOT_FOUND);
        get("/admin/adapters/sql/versions/x", HttpStatus.NOT_FOUND);
        post(
                "/admin/adapters/sql/versions",
                "{\"path\": \"../elsewhere\"}",
                HttpStatus.BAD_REQUEST);
        delete("/admin/adapters/sql?force=maybe", HttpStatus.BAD_REQUEST);
        assertGuarded("/admin/adapters/sql/rollback");
        assertThat(ok("/admin/adapters/sql").get("active_version").intValue()).isEqualTo(1);
    }

    private String tag(String path) {
        return requireNonNull(
                client().get()
                        .uri(path)
                        .exchange()
                        .expectStatus()
                        .isOk()
                        .returnResult(String.class)
                        .getResponseHeaders()
                        .getETag());
    }

    private WebTestClient.ResponseSpec conditional(
            HttpMethod method, String path, String body, String condition) {
        return client().method(method)
                .uri(path)
                .header("If-Match", condition)
                .header("X-DLoRA-Request", "test")
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body)
                .exchange();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    /admin/adapters/sql                | {"owner": "ann", "pinned": true, "share": 3} | {"share": 2}
                    /admin/adapters/sql                | {"share": 3}                  | {"parameters": {"top_k": 3}}
                    /admin/adapters/sql/aliases        | {"versions": {"2": 1}}        | {"versions": {"1": 1}}
                    /admin/adapters/sql/aliases/best   | {"versions": {"1": 1, "2": 1}} | {"versions": {"1": 1}}
                    /admin/adapters/sql/gate           | {"prompts": [{"prompt": "a", "max_divergence": 9}]} | {"prompts": [{"prompt": "b", "max_divergence": 9}]}
                    """)
    void aChangeOfAnotherStateChangesNothing(String path, String one, String two) {
        post("/admin/adapters/sql/versions", "{\"path\": \"dora\"}", HttpStatus.OK);
        put("/admin/adapters/sql/aliases", "{\"versions\": {\"1\": 1}}", HttpStatus.OK);
        put("/admin/adapters/sql/aliases/best", "{\"versions\": {\"1\": 1}}", HttpStatus.OK);
        if (path.endsWith("/gate")) {
            put(path, "{\"prompts\": [{\"prompt\": \"c\", \"max_divergence\": 9}]}", HttpStatus.OK);
        }
        var before = tag(path);
        assertThat(tag(path)).isEqualTo(before);
        var changed = conditional(HttpMethod.PUT, path, one, before).expectStatus().isOk();
        var after = tag(path);
        assertThat(after)
                .isNotEqualTo(before)
                .isEqualTo(changed.returnResult(String.class).getResponseHeaders().getETag());
        var known = server.service().find("sql").orElseThrow().record();
        conditional(HttpMethod.PUT, path, two, before).expectStatus().isEqualTo(412);
        conditional(HttpMethod.PUT, path, one, before).expectStatus().isEqualTo(412);
        if (!path.endsWith("/aliases")) {
            conditional(HttpMethod.DELETE, path, "{}", before).expectStatus().isEqualTo(412);
        }
        assertThat(server.service().find("sql").orElseThrow().record()).isEqualTo(known);
        assertThat(tag(path)).isEqualTo(after);
        conditional(HttpMethod.PUT, path, two, after).expectStatus().isOk();
    }

    @Test
    void aRollbackFromAnotherStateChangesNothing() {
        post("/admin/adapters/sql/versions", "{\"path\": \"dora\"}", HttpStatus.OK);
        var path = "/admin/adapters/sql/aliases/best";
        put(path, "{\"versions\": {\"1\": 1}}", HttpStatus.OK);
        put(path, "{\"versions\": {\"2\": 1}}", HttpStatus.OK);
        put(path, "{\"versions\": {\"1\": 1, \"2\": 1}}", HttpStatus.OK);
        var before = tag(path);
        var back = "/admin/adapters/sql/rollback";
        var body = "{\"alias\": \"best\"}";
        conditional(HttpMethod.POST, back, body, before).expectStatus().isOk();
        conditional(HttpMethod.POST, back, body, before).expectStatus().isEqualTo(412);
        assertThat(ok(path).get("versions").toString()).isEqualTo("{\"2\":1}");
        conditional(
                        HttpMethod.PUT,
                        "/admin/adapters/sql/aliases/new",
                        "{\"versions\": {\"1\": 1}}",
                        "*")
                .expectStatus()
                .isEqualTo(412);
    }

    @Test
    void aRetriedRollbackIsDoneOnce() {
        post("/admin/adapters/sql/versions", "{\"path\": \"dora\"}", HttpStatus.OK);
        post("/admin/adapters/sql/versions", "{\"path\": \"r4-qv\"}", HttpStatus.OK);
        var path = "/admin/adapters/sql/aliases/best";
        for (int version = 1; version <= 3; version++) {
            put(path, "{\"versions\": {\"" + version + "\": 1}}", HttpStatus.OK);
        }
        var body = "{\"alias\": \"best\", \"from\": {\"versions\": {\"3\": 1}, \"sticky\": false}}";
        var back = "/admin/adapters/sql/rollback";
        var first = post(back, body, HttpStatus.OK);
        assertThat(first.get("versions").toString()).isEqualTo("{\"2\":1}");
        assertThat(post(back, body, HttpStatus.OK)).isEqualTo(first);
        assertThat(ok(path)).isEqualTo(first);

        var other = body.replace("false", "true");
        assertThat(post(back, other, HttpStatus.CONFLICT).at("/error/message").asString())
                .contains("its route is {2=1} now");
        put(path, "{\"versions\": {\"3\": 1}, \"sticky\": true}", HttpStatus.OK);
        post(back, body, HttpStatus.CONFLICT);
        assertThat(ok(path).get("versions").toString()).isEqualTo("{\"3\":1}");
        assertThat(post(back, other, HttpStatus.OK).get("versions").toString())
                .isEqualTo("{\"2\":1}");
        post(back, "{\"from\": {}}", HttpStatus.BAD_REQUEST);
    }
}
