package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.dlora.audit.AuditedAction;
import org.dlora.audit.ChangeCondition;
import org.dlora.catalogue.accounts.TokenAccounts.Work;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.GateFailedException;
import org.dlora.catalogue.served.GateNotRunException;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.GatePrompt.GateMessage;
import org.dlora.catalogue.versions.GatePrompt.RecordedTokens;
import org.dlora.catalogue.versions.GateResult;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.cluster.ToldFacts;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvent.GateJudged;
import org.dlora.replica.request.PrefixOwner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Gates of adapters on real replicas: {@code r8-all} is right, {@code dora} answers otherwise. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GatesTest {
    private static final VersionDefaults POLITE =
            new VersionDefaults(Optional.of("Be polite."), ParameterDefaults.NONE);

    private final TinyServer server = new TinyServer();
    private final List<GateJudged> judged = new CopyOnWriteArrayList<>();

    @BeforeEach
    void serve() {
        server.events.watch(this::note);
        server.register("sql", "r8-all", false);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void note(ClusterEvent event) {
        if (event instanceof GateJudged result) {
            judged.add(result);
        }
    }

    private CatalogueEntry entry() {
        return server.service().find("sql").orElseThrow();
    }

    private Optional<GateResult> result(int version) {
        var record = entry().record();
        return record.gate().result(record.version(version).orElseThrow());
    }

    private static GateDraft text(String prompt) {
        return new GateDraft(
                List.of(), prompt, 8, Optional.empty(), Optional.empty(), OptionalDouble.empty());
    }

    private static GateDraft divergence(String prompt, double most) {
        return new GateDraft(
                List.of(), prompt, 8, Optional.empty(), Optional.empty(), OptionalDouble.of(most));
    }

    private static GateDraft chat(String content) {
        return new GateDraft(
                List.of(new GateMessage("user", content)),
                "",
                8,
                Optional.empty(),
                Optional.empty(),
                OptionalDouble.empty());
    }

    private void assertActive(int version) {
        assertThat(entry().record().route()).isEqualTo(AliasRoute.to(version));
    }

    @Test
    void aGateIsChargedToItsAuthor() {
        var accounts = new NotedAccounts();
        server.adapters.chargeTo(accounts);
        int prompt = server.source.base().tokenizer().encode("One two", true).length;
        var _ =
                AuditedAction.call(
                        "key",
                        "adapter.gate",
                        () -> server.service().setGate("sql", List.of(text("One two"))));
        assertThat(accounts.authors).containsExactly("key");
        assertThat(accounts.works).containsExactly(Work.REQUEST);
        assertThat(accounts.reserved).containsExactly(prompt + 8L);
        assertThat(accounts.used).hasSize(1);
        assertThat(accounts.used.getFirst()).isBetween(prompt + 1L, prompt + 8L);
        var _ = AuditedAction.call("other", "adapter.gate", () -> server.service().judge("sql", 1));
        assertThat(accounts.authors).containsExactly("key", "other");
        assertThat(accounts.used.get(1)).isEqualTo(accounts.used.getFirst());
        // Gates that the server runs by itself are charged to nobody.
        var _ = server.service().judge("sql", 1);
        assertThat(accounts.authors).hasSize(2);
    }

    @Test
    void authorOfAGateOwnsItsCachedPrefixes() throws Exception {
        server.adapters.chargeTo(new NotedAccounts());
        var text = "One two three four five six seven";
        int[] prompt = server.source.base().tokenizer().encode(text, true);
        assertThat(prompt.length).isBetween(17, 32);
        var _ =
                AuditedAction.call(
                        "key",
                        "adapter.gate",
                        () -> server.service().setGate("sql", List.of(text(text))));
        assertThat(server.cachedTokens("a", "sql", prompt, PrefixOwner.ofKey("key"))).isEqualTo(16);
        assertThat(server.cachedTokens("b", "sql", prompt, PrefixOwner.ofTeam("other"))).isZero();
        assertThat(server.cachedTokens("c", "sql", prompt, PrefixOwner.SHARED)).isZero();
    }

    @Test
    void aGateThatNobodyCanPayIsNotRun() {
        var accounts = new NotedAccounts();
        var _ = server.service().setGate("sql", List.of(text("One two")));
        server.adapters.chargeTo(accounts);
        accounts.isClosed = true;
        assertThatExceptionOfType(GateNotRunException.class)
                .isThrownBy(() ->
                        AuditedAction.call(
                                "key", "adapter.gate", () -> server.register("sql", "dora", true)))
                .withMessageContaining("no tokens are left");
        assertActive(1);
        assertThat(entry().record().versions()).hasSize(1);
        assertThat(judged).isEmpty();
    }

    @Test
    void aGateIsNotRunForAChangeOfAnotherState() {
        server.register("sql", "dora", true);
        var service = server.service();
        var _ = service.setGate("sql", List.of(text("One two")));
        var accounts = new NotedAccounts();
        server.adapters.chargeTo(accounts);
        ChangeCondition stale =
                _ -> {
                    throw new IllegalArgumentException("another state");
                };
        List<Supplier<CatalogueEntry>> changes =
                List.of(
                        () -> service.route("sql", "best", AliasRoute.to(1), OptionalInt.empty()),
                        () -> service.rollBack("sql", "", Optional.empty()),
                        () -> service.setGate("sql", List.of(text("abc"))),
                        () -> service.update("sql", details -> details, _ -> POLITE));
        for (var change : changes) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            AuditedAction.call(
                                    "key",
                                    "adapter.route",
                                    () -> ChangeCondition.call(stale, change)))
                    .withMessage("another state");
        }
        assertThat(accounts.authors).isEmpty();
        var _ = AuditedAction.call("key", "adapter.set_gate", changes.get(2));
        assertThat(accounts.authors).containsExactly("key");
    }

    @Test
    void theTokensOfAGateAreBounded() {
        var accounts = new NotedAccounts();
        server.adapters.chargeTo(accounts);
        var large =
                new GateDraft(
                        List.of(),
                        "One",
                        4096,
                        Optional.of("two"),
                        Optional.empty(),
                        OptionalDouble.empty());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> server.service().setGate("sql", Collections.nCopies(33, large)))
                .withMessageContaining("131072 are the most");
        assertThat(accounts.authors).isEmpty();
    }

    @Test
    void aLoadThatFailsTheGateIsKeptAndGetsNoRequests() throws Exception {
        var before = server.ask("r1", "sql", 1, 20).await();
        ToldFacts.forget(server.facts, 1);
        server.service().setGate("sql", List.of(text("One two"), text("abc")));
        assertActive(1);
        assertThatExceptionOfType(GateFailedException.class)
                .isThrownBy(() -> server.register("sql", "dora", true))
                .withMessageStartingWith(
                        "Version 2 of adapter 'sql' did not pass its gate, requests for the name still get version 1: prompt ")
                .withMessageContaining("expected '")
                .withMessageContaining("they differ from token ");
        assertActive(1);
        var finding = result(2).orElseThrow().findings().getFirst();
        assertThat(finding.firstDifference()).isPresent();
        assertThat(finding.logprob()).isPresent();
        assertThat(judged)
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.number()).isEqualTo(2);
                    assertThat(event.passed()).isFalse();
                    assertThat(event.problem()).startsWith("prompt 0: expected '");
                });
        // Prompts of a gate are no requests of clients.
        assertThat(server.facts).isEmpty();
        assertThat(server.cluster.unfinished()).isZero();
        assertThat(server.ask("r2", "sql", 1, 20).await()).isEqualTo(before);
        assertThat(server.catalogue.choose("sql@2", null, () -> 0)).isPresent();
        assertThat(server.store.read().adapters()).containsExactly(entry().record());
    }

    @Test
    void aVersionThatPassesIsActivatedAndItsResultIsKept() {
        server.service().setGate("sql", List.of(divergence("One two", 100)));
        var recorded = entry().record().gate().gate().orElseThrow().prompts().getFirst().recorded();
        assertThat(recorded.map(RecordedTokens::tokens).orElseThrow()).hasSize(8);
        server.register("sql", "dora", true);
        assertActive(2);
        var finding = result(2).orElseThrow().findings().getFirst();
        assertThat(finding.passed()).isTrue();
        assertThat(finding.divergence().orElseThrow()).isGreaterThan(0);
        assertThat(judged).singleElement().matches(GateJudged::passed);
    }

    @Test
    void theSameWeightsHaveTheRecordedLogProbabilities() {
        server.service().setGate("sql", List.of(divergence("One two", 0)));
        var same = server.service().judge("sql", 1);
        assertThat(result(1).orElseThrow().passed()).isTrue();
        assertThat(same).isEqualTo(entry());
        assertThatExceptionOfType(GateFailedException.class)
                .isThrownBy(() -> server.register("sql", "dora", true))
                .withMessageContaining("has log-probability");
        var finding = result(2).orElseThrow().findings().getFirst();
        assertThat(finding.expectedLogprob()).isPresent();
        assertThat(finding.logprob()).isNotEqualTo(finding.expectedLogprob());
    }

    @Test
    void anAddedVersionIsJudgedOnceItIsToGetRequests() {
        server.service().setGate("sql", List.of(text("One two")));
        assertThat(server.service().addVersion("sql", "dora", false)).isEqualTo(2);
        assertThat(result(2)).isEmpty();
        assertThatExceptionOfType(GateFailedException.class)
                .isThrownBy(() -> server.service().route("sql", "canary", AliasRoute.to(2)));
        assertThat(entry().record().alias("canary")).isEmpty();
        // A result of the gate in force is not found out again.
        assertThatExceptionOfType(GateFailedException.class)
                .isThrownBy(() -> server.service().route("sql", "", AliasRoute.to(2)));
        assertThat(judged).hasSize(1);
        assertThatExceptionOfType(GateFailedException.class)
                .isThrownBy(() -> server.service().addVersion("sql", "r4-qv", true))
                .withMessageStartingWith("Version 3 of adapter 'sql'");
        assertActive(1);
        server.service().removeGate("sql");
        server.service().route("sql", "", AliasRoute.to(2));
        assertActive(2);
        assertThatExceptionOfType(NoSuchAdapterException.class)
                .isThrownBy(() -> server.service().removeGate("sql"))
                .withMessage("Adapter 'sql' has no gate");
    }

    @Test
    void aRollbackTakesAVersionThatPassedAnEarlierGate() {
        server.service().setGate("sql", List.of(text("One two")));
        server.service().judge("sql", 1);
        server.service().removeGate("sql");
        server.register("sql", "dora", true);
        assertActive(2);
        server.service().setGate("sql", List.of(text("One two")));
        judged.clear();
        server.service().rollBack("sql", "");
        assertActive(1);
        assertThat(judged).isEmpty();
        // Removing the gate does not admit versions that have failed.
        server.service().removeGate("sql");
        server.register("sql", "r4-qv", true);
        server.register("sql", "r8-all", true);
        server.service().setGate("sql", List.of(text("One two")));
        assertThatExceptionOfType(GateFailedException.class)
                .isThrownBy(() -> server.service().rollBack("sql", ""));
        assertActive(1);
    }

    @Test
    void otherDefaultsPassTheGateToo() {
        server.service().setGate("sql", List.of(chat("One two")));
        assertThatExceptionOfType(GateFailedException.class)
                .isThrownBy(
                        () -> server.service().update("sql", UnaryOperator.identity(), _ -> POLITE))
                .withMessageStartingWith("Version 2 of adapter 'sql' did not pass its gate");
        assertActive(1);
        assertThat(result(2).orElseThrow().passed()).isFalse();
        server.service().setGate("sql", List.of(text("One two")));
        server.service().update("sql", UnaryOperator.identity(), _ -> POLITE);
        assertActive(2);
        assertThat(result(2).orElseThrow().passed()).isTrue();
    }

    @Test
    void anAdapterThatIsNotServedStaysSo() {
        server.service().setGate("sql", List.of(text("One two")));
        server.unregister("sql").join();
        assertThatExceptionOfType(GateFailedException.class)
                .isThrownBy(() -> server.register("sql", "dora", false))
                .withMessageContaining("the adapter is not served");
        assertThat(server.catalogue.entry("sql")).isEmpty();
        var kept = server.store.read().adapters().getFirst();
        assertThat(kept.unloaded()).isTrue();
        assertThat(kept.versions()).containsOnlyKeys(1, 2);
        server.register("sql", "r8-all", false);
        assertActive(1);
        // The registration that the gate ran with is gone.
        await().until(() -> server.memory.report().size() == entry().registrations().size());
    }

    @Test
    void promptsThatCannotBeAnsweredAreNamed() {
        var long_ = "word ".repeat(100);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> server.service().setGate("sql", List.of(text(long_))))
                .withMessageStartingWith("The answer to prompt 0 cannot be recorded: ");
        var tooLong =
                new GateDraft(
                        List.of(),
                        long_,
                        8,
                        Optional.of("x"),
                        Optional.empty(),
                        OptionalDouble.empty());
        server.service().setGate("sql", List.of(tooLong));
        server.service().judge("sql", 1);
        assertThat(result(1).orElseThrow().problem().orElseThrow()).contains("tokens");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        server.service()
                                .setGate("sql", Collections.nCopies(Gate.MAX_PROMPTS + 1, tooLong)))
                .withMessageContaining("1 to 64 prompts");
        assertThatExceptionOfType(NoSuchAdapterException.class)
                .isThrownBy(() -> server.service().judge("sql", 7));
    }

    @Test
    void filesThatFailInTheFolderOfTheActiveVersionDoNotEndIt(@TempDir Path root) throws Exception {
        var folder = Files.createDirectory(root.resolve("sql"));
        copy("r8-all", folder);
        try (var own = new TinyServer(List.of(root))) {
            own.register("sql", "sql", false);
            var before = own.ask("r1", "sql", 1, 20).await();
            own.service().setGate("sql", List.of(text("One two")));
            copy("dora", folder);
            assertThatExceptionOfType(GateFailedException.class)
                    .isThrownBy(() -> own.service().addVersion("sql", "sql", false));
            assertThatExceptionOfType(GateFailedException.class)
                    .isThrownBy(() -> own.register("sql", "sql", true));
            assertThatExceptionOfType(GateFailedException.class)
                    .isThrownBy(() ->
                            own.adapters
                                    .registrar()
                                    .ensure(
                                            "sql",
                                            () -> own.adapters.registrar().validated("sql", "sql"),
                                            Optional.empty(),
                                            UnaryOperator.identity(),
                                            UnaryOperator.identity()));
            assertThat(own.ask("r2", "sql", 1, 20).await()).isEqualTo(before);
        }
    }

    private static void copy(String adapter, Path to) throws IOException {
        try (var files = Files.list(TinyServer.ADAPTERS.resolve(adapter))) {
            for (var file : files.toList()) {
                Files.copy(
                        file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void anEndingServerRunsNoGate() {
        server.service().setGate("sql", List.of(text("One two")));
        server.adapters.endGates();
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> server.register("sql", "dora", true))
                .withMessage("The gate was not run to its end: the server is shutting down");
        assertActive(1);
        assertThat(entry().record().versions()).hasSize(1);
    }
}
