package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.dlora.api.admin.adapters.AdapterUpdateReader;
import org.dlora.api.openai.ServedBuilder;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.TinyServer;
import org.dlora.catalogue.served.AdapterReport;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.cluster.IdleService;
import org.dlora.operate.Caller;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.adapters.AdapterCommands;
import org.dlora.operate.adapters.ResidencyCommands;
import org.dlora.operate.adapters.ResidencyCommands.Action;
import org.dlora.operate.adapters.TeamQuota;
import org.dlora.security.Access;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.Ending;
import org.dlora.security.KeySettings;
import org.dlora.security.Scope;
import org.dlora.security.Team;
import org.dlora.security.limits.Limits;
import org.dlora.security.users.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The blue team owns an adapter that the red team may use. */
@Import({ForeignAdapterTest.Callers.class, ForeignAdapterTest.Quotas.class})
class ForeignAdapterTest extends AdminServer {
    static final String WHO = "X-Who";
    private static final String SECRET = "SECRET";
    private static final String VERSION = "/admin/adapters/blue-law/versions/3";

    private final TinyServer server = new TinyServer();

    @Autowired AdapterCommands commands;
    @Autowired ResidencyCommands residency;

    /** Takes the caller from a header. */
    static final class Callers implements WebFilter {
        @Override
        public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
            var who = exchange.getRequest().getHeaders().getFirst(WHO);
            if (who == null) {
                return chain.filter(exchange);
            }
            exchange.getAttributes().put(Access.NAME, access(who));
            return chain.filter(exchange).contextWrite(Context.of(Access.NAME, access(who)));
        }
    }

    /** A team may have four versions and one pin. */
    static final class Quotas {
        @Bean
        TeamQuota quota() {
            return new TeamQuota(4, Long.MAX_VALUE, 1);
        }
    }

    private static Access access(String who) {
        if (who.equals("viewer")) {
            return Access.ofUser("user:ann", "ann", Role.VIEWER.scopes(), Ending.NEVER);
        }
        var own = new AdapterPatterns(List.of("blue-*"));
        var key =
                new Access.KeyView(
                        "dlora_" + who,
                        new KeySettings(
                                who,
                                null,
                                who.equals("green")
                                        ? Set.of(Scope.ADAPTERS)
                                        : Set.of(Scope.INFERENCE, Scope.ADAPTERS),
                                AdapterPatterns.ALL,
                                null,
                                Limits.NONE));
        var team =
                new Team(
                        who,
                        "",
                        own,
                        who.equals("red") ? AdapterPatterns.NONE : own,
                        Instant.EPOCH);
        return new Access(key, team, Ending.NEVER);
    }

    @BeforeEach
    void serve() {
        server.serve("blue-law", "r8-all");
        var _ =
                AuditedAction.call(
                        SECRET + " author",
                        "adapter.add_version",
                        () ->
                                server.register(
                                        new AcquisitionRequest("blue-law", "dora", true, true),
                                        "hf:SECRET/origin"));
        serve(served(server.residency()));
        put(
                "",
                """
                {"description": "SECRET a", "owner": "SECRET b", "tags": ["SECRET c"],
                 "system_prompt": "SECRET d", "parameters": {"top_k": 7}}
                """);
        put(
                "/gate",
                """
                {"prompts": [{"prompt": "SECRET one", "max_tokens": 4},
                             {"prompt": "two", "max_tokens": 4, "expected": "SECRET answer"}]}
                """);
        // The gate is not passed, and the result has the expected answer.
        send("POST", VERSION + "/gate", "blue", "{}").expectStatus().isOk();
    }

    private ServedBuilder served(ResidencyService residency) {
        return new ServedBuilder(
                        new ServedModels(base, 64, server.names(), Instant.EPOCH),
                        new IdleService())
                .catalogue(server.service())
                .scheduling(server.scheduling())
                .residency(residency);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void put(String path, String body) {
        json(send("PUT", "/admin/adapters/blue-law" + path, "blue", body), HttpStatus.OK);
    }

    private WebTestClient.ResponseSpec send(String method, String path, String who, String body) {
        return client().method(HttpMethod.valueOf(method))
                .uri(path)
                .header(WHO, who)
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body)
                .exchange();
    }

    private JsonNode read(String path, String who) {
        return json(client().get().uri(path).header(WHO, who).exchange(), HttpStatus.OK);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin/adapters",
                "/admin/adapters/blue-law",
                "/admin/adapters/blue-law/versions",
                "/admin/adapters/blue-law/versions/2",
                "/admin/adapters/blue-law/versions/3"
            })
    void usersOfAnAdapterSeeItsNamesAndStates(String path) {
        assertThat(read(path, "blue").toString()).contains(SECRET);
        assertThat(read(path, "viewer").toString()).contains(SECRET);
        assertThat(read(path, "red").toString()).contains("\"state\":").doesNotContain(SECRET);
    }

    @Test
    void payerOfAShadowIsShownToOwnersOfTheAdapter() {
        send("DELETE", "/admin/adapters/blue-law/gate", "blue", "{}").expectStatus().isNoContent();
        put("/aliases/next", "{\"versions\": {\"1\": 1}, \"shadow\": 2}");
        for (var path : List.of("/aliases/next", "/aliases", "")) {
            var whole = "/admin/adapters/blue-law" + path;
            assertThat(read(whole, "blue").toString())
                    .contains("\"shadow_owner\":\"dlora_blue (team blue)\"");
            assertThat(read(whole, "red").toString())
                    .contains("\"shadow\":2,\"shadow_owner\":null");
        }
    }

    @Test
    void whetherAVersionPassedIsAState() {
        var gate = read(VERSION, "red").get("gate");
        assertThat(gate.get("passed").booleanValue()).isFalse();
        assertThat(gate.get("problem").isNull()).isTrue();
        assertThat(gate.get("prompts")).isEmpty();
        assertThat(read(VERSION, "blue").get("gate").get("prompts")).isNotEmpty();
    }

    @Test
    void goldenPromptsAreShownToOwnersOfTheAdapter() {
        assertThat(read("/admin/adapters/blue-law/gate", "blue").toString()).contains(SECRET);
        assertThat(read("/admin/adapters/blue-law/gate", "viewer").toString()).contains(SECRET);
        json(
                client().get().uri("/admin/adapters/blue-law/gate").header(WHO, "red").exchange(),
                HttpStatus.FORBIDDEN);
    }

    /**
     * A gate answers its prompts, so setting one is inference; running it is a part of a change.
     */
    @Test
    void settingAGateNeedsTheScopeOfInference() {
        var gate = "{\"prompts\": [{\"prompt\": \"two\", \"max_tokens\": 4}]}";
        json(send("PUT", "/admin/adapters/blue-law/gate", "green", gate), HttpStatus.FORBIDDEN);
        json(send("POST", VERSION + "/gate", "green", "{}"), HttpStatus.OK);
        json(send("PUT", "/admin/adapters/blue-law/gate", "blue", gate), HttpStatus.OK);
    }

    /** The base has three versions by now, and its gate keeps none of these out. */
    @Test
    void aTeamHasSoManyVersions() {
        var path = "/admin/adapters/blue-law/versions";
        var body = "{\"path\": \"r4-qv\", \"activate\": false}";
        json(send("DELETE", "/admin/adapters/blue-law/gate", "blue", "{}"));
        json(send("PUT", "/admin/adapters/blue-law", "blue", "{\"system_prompt\": \"x\"}"));
        for (var refused :
                List.of(
                        send(
                                "PUT",
                                "/admin/adapters/blue-law",
                                "blue",
                                "{\"system_prompt\": \"y\"}"),
                        send("POST", path, "blue", "{\"path\": \"blue-x\"}"))) {
            assertThat(message(json(refused, HttpStatus.TOO_MANY_REQUESTS)))
                    .contains("have 4 versions, and 4 are the most", "max-versions");
        }
        json(send("PUT", "/admin/adapters/blue-law", "blue", "{\"description\": \"x\"}"));
        send("DELETE", path + "/1", "blue", "{}").expectStatus().isNoContent();
        json(send("PUT", "/admin/adapters/blue-law", "blue", "{\"system_prompt\": \"y\"}"));
        // Callers for all adapters are not bounded.
        json(
                client().post()
                        .uri(path)
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(body)
                        .exchange());
    }

    @Test
    void aTeamHasSoManyPins() {
        server.serve("blue-two", "r4-qv");
        json(send("POST", "/admin/adapters/blue-law/pin", "blue", "{}"));
        json(send("POST", "/admin/adapters/blue-law/pin", "blue", "{}"));
        for (var refused :
                List.of(
                        send("POST", "/admin/adapters/blue-two/pin", "blue", "{}"),
                        send("PUT", "/admin/adapters/blue-two", "blue", "{\"pinned\": true}"))) {
            assertThat(message(json(refused, HttpStatus.TOO_MANY_REQUESTS)))
                    .contains("pinned 1 adapters, and 1 are the most", "max-pins");
        }
        json(send("POST", "/admin/adapters/blue-law/unpin", "blue", "{}"));
        json(send("PUT", "/admin/adapters/blue-two", "blue", "{\"pinned\": true}"));
    }

    /** The second pin comes once the first is found to have room, and is not made yet. */
    @Test
    void pinsAtOnceDoNotShareTheRoomForOne() throws Exception {
        server.serve("blue-two", "r4-qv");
        var pinned = AdapterUpdateReader.read((ObjectNode) JSON.readTree("{\"pinned\": true}"));
        var blue = new Caller("blue", access("blue"));
        var second = new FutureTask<>(() -> commands.update(blue, "blue-two", pinned));
        var thread = Thread.ofPlatform().unstarted(second);
        var held =
                new HeldResidency(
                        server.residency(),
                        () -> {
                            thread.start();
                            await().atMost(Duration.ofMinutes(1))
                                    .until(() ->
                                            thread.getState() == Thread.State.BLOCKED
                                                    || second.isDone());
                        });
        serve(served(held));
        residency.change(blue, "blue-law", Action.PIN).join();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(second::get)
                .withCauseInstanceOf(CommandRefusedException.class)
                .withMessageContaining("max-pins");
        assertThat(server.residency().reports().stream().filter(ForeignAdapterTest::isPinned))
                .extracting(report -> report.adapter().name())
                .containsExactly("blue-law");
    }

    private static boolean isPinned(AdapterReport report) {
        return report.memories().stream().anyMatch(at -> at.status().pinned());
    }

    private static void json(WebTestClient.ResponseSpec answer) {
        answer.expectStatus().is2xxSuccessful();
    }

    @Test
    void theListOfModelsHasNoFolder() {
        for (var path : new String[] {"/v1/models", "/v1/models/blue-law"}) {
            assertThat(read(path, "blue").toString()).contains("/dora\"");
            assertThat(read(path, "red").toString()).contains("blue-law").doesNotContain("/dora\"");
        }
    }
}
