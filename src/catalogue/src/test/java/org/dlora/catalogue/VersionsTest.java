package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.content.AdapterShape;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.catalogue.versions.MemoryCatalogueStore;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionFacts;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.requests.Submission;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions and aliases of adapters on real replicas. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VersionsTest {
    private static final VersionDefaults POLITE =
            new VersionDefaults(Optional.of("Be polite."), ParameterDefaults.NONE);

    private int asked;

    /** Asks for a name as the HTTP interface does: a version is chosen, then submitted. */
    private Answer ask(TinyServer server, String model, int tokens) {
        var choice = server.catalogue.choose(model, null, () -> 0).orElseThrow();
        var answer = new Answer();
        var request = TinyServer.request("r" + asked++, choice.adapter(), 1, tokens);
        server.cluster.submit(
                List.of(
                        new Submission(
                                request, answer, Arrival.now(Clock.systemUTC(), null), choice)));
        return answer;
    }

    private static AliasRoute route(int version) {
        return AliasRoute.to(version);
    }

    @Test
    void aReplacedVersionIsServedByItsNumberAndRolledBackTo() throws Exception {
        try (var server = new TinyServer()) {
            var expected = RuntimeAdaptersTest.expected(server, "r8-all", "dora");
            server.register("sql", "r8-all", false);
            var running = ask(server, "sql", 20);
            server.register("sql", "dora", true);
            assertThat(ask(server, "sql", 20).await()).isEqualTo(expected.get(1));
            assertThat(running.await()).isEqualTo(expected.get(0));
            assertThat(ask(server, "sql@1", 20).await()).isEqualTo(expected.get(0));
            assertThat(ask(server, "sql@2", 20).await()).isEqualTo(expected.get(1));
            var back = server.service().rollBack("sql", "");
            assertThat(back.record().route()).isEqualTo(route(1));
            assertThat(ask(server, "sql", 20).await()).isEqualTo(expected.get(0));
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.service().rollBack("sql", ""))
                    .withMessage("The name of adapter 'sql' never had another route");
            assertThat(server.catalogue.adapters()).hasSize(1);
        }
    }

    @Test
    void aVersionThatNoAliasUsesGivesItsMemoryBack() throws Exception {
        try (var server = new TinyServer()) {
            var first = server.load("sql", "r8-all", false);
            var running = ask(server, "sql", 40);
            running.awaitStart();
            server.load("sql", "dora", true);
            running.await();
            await().until(() -> !server.memory.isResident(first.id()));
            assertThat(ask(server, "sql@1", 5).await()).hasSize(6);
            assertThat(server.memory.isResident(first.id())).isTrue();
            server.unregister("sql").join();
            assertThat(server.memory.bytes()).isZero();
        }
    }

    @Test
    void contentThatComesBackIsItsVersionAgain() {
        try (var server = new TinyServer()) {
            server.register("sql", "r8-all", false);
            server.register("sql", "dora", true);
            server.register("sql", "r8-all", true);
            var entry = server.service().find("sql").orElseThrow();
            assertThat(entry.record().versions()).containsOnlyKeys(1, 2);
            assertThat(entry.record().route()).isEqualTo(route(1));
            server.unregister("sql").join();
            server.register("sql", "dora", false);
            entry = server.service().find("sql").orElseThrow();
            assertThat(entry.record().versions()).containsOnlyKeys(1, 2);
            assertThat(entry.record().route()).isEqualTo(route(2));
            assertThat(entry.served()).containsOnlyKeys(1, 2);
        }
    }

    @Test
    void aVersionIsAddedWithoutRequestsUntilItsAliasHasIt() throws Exception {
        try (var server = new TinyServer()) {
            var expected = RuntimeAdaptersTest.expected(server, "r8-all", "dora");
            server.register("sql", "r8-all", false);
            assertThat(server.service().addVersion("sql", "dora", false)).isEqualTo(2);
            assertThat(ask(server, "sql", 20).await()).isEqualTo(expected.get(0));
            server.service().route("sql", "canary", route(2));
            assertThat(ask(server, "sql@canary", 20).await()).isEqualTo(expected.get(1));
            server.service()
                    .route("sql", "", new AliasRoute(new TreeMap<>(Map.of(1, 1, 2, 1)), false));
            assertThat(ask(server, "sql", 20).await()).isEqualTo(expected.get(0));
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.service().retire("sql", 2))
                    .withMessage(
                            "Version 2 of adapter 'sql' is used by [the name 'sql', alias 'canary']: give these another version first");
            server.service().removeAlias("sql", "canary");
            server.service().route("sql", "", route(2));
            server.service().retire("sql", 1);
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .isThrownBy(() -> server.service().route("sql", "", route(1)))
                    .withMessageContaining("an administrator retired it");
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .isThrownBy(() -> server.service().addVersion("law", "dora", false));
        }
    }

    @Test
    void otherDefaultsAreAVersionOfTheSameWeights() throws Exception {
        try (var server = new TinyServer()) {
            var first = server.load("sql", "r8-all", false);
            var entry = server.service().update("sql", UnaryOperator.identity(), _ -> POLITE);
            assertThat(entry.record().route()).isEqualTo(route(2));
            assertThat(entry.registrations()).containsOnlyKeys(first.id());
            var hashes =
                    entry.record().versions().values().stream().map(VersionRecord::hash).toList();
            assertThat(hashes).doesNotHaveDuplicates().doesNotContain(Optional.empty());
            assertThat(hashes.getFirst()).isEqualTo(first.version());
            var again = server.service().update("sql", UnaryOperator.identity(), _ -> POLITE);
            assertThat(again).isEqualTo(entry);
            assertThat(server.memory.isResident(first.id())).isTrue();
            assertThat(server.catalogue.choose("sql", null, () -> 0).orElseThrow().version())
                    .extracting(VersionRecord::defaults)
                    .isEqualTo(POLITE);
            assertThat(
                            server.service()
                                    .update(
                                            "sql",
                                            UnaryOperator.identity(),
                                            _ -> VersionDefaults.NONE)
                                    .record()
                                    .route())
                    .isEqualTo(route(1));
            server.register("sql", "dora", true);
            server.service()
                    .update(
                            "sql",
                            UnaryOperator.identity(),
                            before ->
                                    new VersionDefaults(
                                            before.systemPrompt(), warm(before.parameters())));
            assertThat(server.service().find("sql").orElseThrow().record().versions()).hasSize(4);
            server.service()
                    .route("sql", "", new AliasRoute(new TreeMap<>(Map.of(1, 1, 2, 1)), false));
            assertThatIllegalStateException()
                    .isThrownBy(() ->
                            server.service()
                                    .update(
                                            "sql",
                                            UnaryOperator.identity(),
                                            _ -> VersionDefaults.NONE))
                    .withMessageContaining("stands for the versions [1, 2]");
        }
    }

    private static ParameterDefaults warm(ParameterDefaults before) {
        return new ParameterDefaults(
                OptionalDouble.of(0.5),
                before.topP(),
                before.topK(),
                before.minP(),
                before.presencePenalty(),
                before.frequencyPenalty(),
                before.repetitionPenalty(),
                before.maxTokens());
    }

    @Test
    void thePinFollowsTheName() {
        try (var server = new TinyServer()) {
            var first = server.load("sql", "r8-all", false);
            server.memory.pin(first.id(), true);
            var second = server.load("sql", "dora", true);
            assertThat(server.memory.status(second.id()).orElseThrow().pinned()).isTrue();
            assertThat(server.memory.status(first.id()).orElseThrow().pinned()).isFalse();
        }
    }

    @Test
    void aForcedDeletionEndsTheRequests() throws Exception {
        try (var server = new TinyServer()) {
            server.load("sql", "r8-all", false);
            var answers = new ArrayList<Answer>();
            for (int i = 0; i < 20; i++) {
                answers.add(ask(server, "sql", 50));
            }
            answers.getFirst().awaitStart();
            server.service().delete("sql", true).join();
            boolean isCancelled = false;
            for (var answer : answers) {
                var last = answer.await().getLast();
                isCancelled |=
                        last instanceof Finished end && end.reason() == FinishReason.CANCELLED;
                assertThat(answer.await().stream().filter(GenerationEvent::isLast)).hasSize(1);
            }
            assertThat(isCancelled).isTrue();
            assertThat(server.catalogue.adapters()).isEmpty();
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .isThrownBy(() -> server.service().delete("sql", false));
        }
    }

    @Test
    void aVersionThatBreaksCanBeRolledBackFrom() throws Exception {
        try (var server = new TinyServer()) {
            server.register("sql", "r8-all", false);
            var second = server.register("sql", "dora", true);
            server.adapters.withdrawBroken(second.source(), new LoadException("it holds NaN"));
            assertThat(server.adapters.broken())
                    .singleElement()
                    .satisfies(broken -> assertThat(broken.problem()).isEqualTo("it holds NaN"));
            assertThat(server.catalogue.adapters()).isEmpty();
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .isThrownBy(() -> ask(server, "sql", 5))
                    .withMessage("Version 2 of adapter 'sql' is not served: it holds NaN");
            assertThat(ask(server, "sql@1", 5).await()).hasSize(6);
            server.service().rollBack("sql", "");
            assertThat(server.adapters.broken()).isEmpty();
            assertThat(ask(server, "sql", 5).await()).hasSize(6);
            server.register("sql", "dora", true);
            assertThat(server.service().find("sql").orElseThrow().record().route())
                    .isEqualTo(route(2));
        }
    }

    @Test
    void aVersionSaysItsShapeSizeAndAuthor() {
        try (var server = new TinyServer()) {
            var first =
                    AuditedAction.call(
                            "ann",
                            "adapter.register",
                            () -> server.register("sql", "r8-all", false));
            server.register("sql", "r4-qv", true);
            var versions = server.service().find("sql").orElseThrow().record().versions();
            var one = Objects.requireNonNull(versions.get(1)).facts();
            assertThat(one.shape().ranks()).containsExactly(8);
            assertThat(one.shape().targets())
                    .contains("q_proj", "down_proj")
                    .isSorted()
                    .doesNotHaveDuplicates();
            assertThat(one.bytes()).hasValue(first.source().bytes());
            assertThat(one.author()).hasValue("ann");
            var two = Objects.requireNonNull(versions.get(2)).facts();
            assertThat(two.shape())
                    .isEqualTo(new AdapterShape(List.of(4), List.of("q_proj", "v_proj")));
            assertThat(two.author()).isEmpty();
            assertThat(server.store.read().adapters().getFirst().versions()).isEqualTo(versions);
            // Other defaults are somebody else's version of the same files.
            AuditedAction.call(
                    "bob",
                    "adapter.update",
                    () -> server.service().update("sql", UnaryOperator.identity(), _ -> POLITE));
            var three =
                    server.service().find("sql").orElseThrow().record().version(3).orElseThrow();
            assertThat(three.facts().shape()).isEqualTo(two.shape());
            assertThat(three.facts().author()).hasValue("bob");
        }
    }

    @Test
    void factsOfVersionsThatEarlierServersRecordedAreCompleted() {
        var store = new MemoryCatalogueStore();
        try (var server = new TinyServer(List.of(TinyServer.ADAPTERS), store)) {
            server.register("sql", "r8-all", false);
        }
        var known = store.read().adapters().getFirst();
        var version = known.version(1).orElseThrow();
        store.write(known.with(version.with(VersionFacts.UNKNOWN)));
        try (var server = new TinyServer(List.of(TinyServer.ADAPTERS), store)) {
            server.adapters.restore(store.read(), List.of());
            assertThat(store.read().adapters()).containsExactly(known);
        }
    }

    @Test
    void newNamesHoldNoAt() {
        try (var server = new TinyServer()) {
            assertThatExceptionOfType(AdapterRefusedException.class)
                    .isThrownBy(() -> server.register("sql@3", "dora", true))
                    .withMessageContaining("'@' separates a name from a version");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sql/versions", "sql/versions/1", "a/b/aliases/new", "sql/gate"})
    void newNamesAreNoAddressesOfParts(String name) {
        try (var server = new TinyServer()) {
            assertThatExceptionOfType(AdapterRefusedException.class)
                    .isThrownBy(() -> server.register(name, "dora", true))
                    .withMessageContaining("ends like the address of a version");
        }
    }

    @Test
    void newNamesMayHoldWordsOfAddresses() {
        try (var server = new TinyServer()) {
            server.register("versions/of/sql", "dora", true);
            assertThat(server.catalogue.entry("versions/of/sql")).isPresent();
        }
    }

    /** A store that can go away. */
    private static final class FailingStore implements CatalogueStore {
        private final MemoryCatalogueStore kept = new MemoryCatalogueStore();
        boolean isAway;

        private void check() {
            if (isAway) {
                throw new CatalogueUnavailableException("it is being tested");
            }
        }

        @Override
        public CatalogueContent read() {
            check();
            return kept.read();
        }

        @Override
        public void write(AdapterRecord adapter) {
            check();
            kept.write(adapter);
        }

        @Override
        public void delete(AdapterRecord known) {
            check();
            kept.delete(known);
        }

        @Override
        public void writeShares(Map<String, Double> before, Map<String, Double> after) {
            check();
            kept.writeShares(before, after);
        }
    }

    @Test
    void unwritableChangesChangeNothing() {
        var store = new FailingStore();
        try (var server = new TinyServer(List.of(TinyServer.ADAPTERS), store)) {
            server.register("sql", "r8-all", false);
            server.register("sql", "dora", true);
            var before = server.service().find("sql").orElseThrow();
            store.isAway = true;
            List<Runnable> changes =
                    List.of(
                            () -> server.register("law", "dora", false),
                            () -> server.register("sql", "r4-qv", true),
                            () -> {
                                var _ = server.unregister("sql");
                            },
                            () -> server.service().rollBack("sql", ""),
                            () -> server.service().route("sql", "canary", route(1)),
                            () ->
                                    server.service()
                                            .update("sql", UnaryOperator.identity(), _ -> POLITE),
                            () -> server.service().retire("sql", 1),
                            () -> {
                                var _ = server.service().delete("sql", true);
                            },
                            () -> server.service().addVersion("sql", "r4-qv", false));
            for (var change : changes) {
                assertThatExceptionOfType(CatalogueUnavailableException.class)
                        .isThrownBy(change::run)
                        .withMessageContaining("was not made")
                        .withMessageContaining("it is being tested");
                assertThat(server.service().entries()).containsExactly(before);
            }
            store.isAway = false;
            server.service().rollBack("sql", "");
            assertThat(store.read().adapters())
                    .containsExactly(
                            server.service().find("sql").map(CatalogueEntry::record).orElseThrow());
        }
    }
}
