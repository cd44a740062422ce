package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.CatalogueChangedException;
import org.dlora.replica.SchedulingSettings;
import org.dlora.store.Database;
import org.dlora.store.DatabaseCatalogue;
import org.dlora.store.TestDatabase;
import org.dlora.store.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two servers on one PostgreSQL. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedCatalogueTest {
    private static final CatalogueFollower.Settings SETTINGS =
            new CatalogueFollower.Settings(Duration.ofHours(1), Set.of("fixed"), Set.of("settled"));

    @TempDir Path home;
    private Server one;
    private Server two;

    /** A server with its own connection. */
    private static final class Server implements AutoCloseable {
        private final Database database;
        private final DatabaseCatalogue store;
        private final TinyServer tiny;
        private final MeasuredScheduling scheduling;
        private final CatalogueFollower follower;

        Server(String url, Path home) {
            database = TestDatabase.postgres(url, home);
            store = new DatabaseCatalogue(database, "base");
            tiny = new TinyServer(List.of(TinyServer.ADAPTERS), store);
            scheduling = new MeasuredScheduling(tiny.hosted, tiny.permits, store);
            follower = new CatalogueFollower(store, tiny.adapters, scheduling, SETTINGS);
        }

        AdapterRecord record(String name) {
            return tiny.service().find(name).orElseThrow().record();
        }

        @Override
        public void close() {
            tiny.close();
            database.close();
        }
    }

    @BeforeEach
    void start() {
        var url = TestPostgres.newDatabase();
        one = new Server(url, home.resolve("one"));
        two = new Server(url, home.resolve("two"));
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
    }

    private static List<AdapterRecord> records(Server server) {
        return server.tiny.service().entries().stream().map(CatalogueEntry::record).toList();
    }

    @Test
    void aServerSeesWhatAnotherChanges() throws Exception {
        one.tiny.register("sql", "r8-all", false);
        two.follower.look();
        assertThat(records(two)).isEqualTo(records(one));
        assertThat(two.tiny.ask("a", "sql", 1, 4).await()).isNotEmpty();

        one.tiny.register("sql", "dora", true);
        var _ = one.tiny.service().route("sql", "champion", AliasRoute.to(1));
        one.tiny.residency().pin("sql", true);
        var registration = two.tiny.catalogue.find("sql").orElseThrow();
        two.follower.look();
        assertThat(records(two)).isEqualTo(records(one));
        var entry = two.tiny.service().find("sql").orElseThrow();
        assertThat(entry.served().get(1)).isEqualTo(registration);
        var main = entry.main().orElseThrow();
        assertThat(two.tiny.memory.status(main.id()).orElseThrow().pinned()).isTrue();

        two.tiny.residency().pin("sql", false);
        one.follower.look();
        var id = one.tiny.catalogue.find("sql").orElseThrow().id();
        assertThat(one.tiny.memory.status(id).orElseThrow().pinned()).isFalse();
        one.tiny.unregister("sql").join();
        two.follower.look();
        assertThat(records(two)).isEmpty();
        two.tiny.register("sql", "r8-all", false);
        one.follower.look();
        assertThat(one.record("sql").route()).isEqualTo(AliasRoute.to(1));
    }

    @Test
    void aDeletedAdapterGoesEverywhereAndItsRequestsEnd() throws Exception {
        one.tiny.register("sql", "r8-all", false);
        two.follower.look();
        var running = two.tiny.ask("a", "sql", 1, 20);
        running.awaitStart();
        one.tiny.service().delete("sql", false).join();
        two.follower.look();
        assertThat(records(two)).isEmpty();
        assertThat(running.await().getLast().toString()).startsWith("Finished");
        one.tiny.register("sql", "dora", false);
        two.follower.look();
        assertThat(records(two)).isEqualTo(records(one));
    }

    @Test
    void aChangeOfAnOutdatedStateIsRefused() {
        one.tiny.register("sql", "r8-all", false);
        two.follower.look();
        var _ = one.tiny.service().update("sql", owner("ann"), defaults -> defaults);
        assertThatExceptionOfType(CatalogueChangedException.class)
                .isThrownBy(
                        () -> two.tiny.service().update("sql", owner("bob"), defaults -> defaults))
                .withMessageContaining("Another server has changed adapter 'sql' meanwhile");
        assertThatExceptionOfType(CatalogueChangedException.class)
                .isThrownBy(() -> two.tiny.unregister("sql").join());
        assertThat(two.record("sql").details().owner()).isEmpty();
        two.follower.look();
        assertThat(two.record("sql").details().owner()).isEqualTo("ann");
        var _ = two.tiny.service().update("sql", owner("bob"), defaults -> defaults);
        one.follower.look();
        assertThat(one.record("sql").details().owner()).isEqualTo("bob");
    }

    private static UnaryOperator<AdapterDetails> owner(String name) {
        return before ->
                new AdapterDetails(
                        before.description(), new TreeSet<>(before.tags()), name, before.pinned());
    }

    @Test
    void sharesFollowUnlessTheSettingsGiveThem() {
        two.scheduling.schedule(before -> weights(before, Map.of("settled", 5.0))).join();
        one.follower.look();
        one.scheduling
                .schedule(before -> weights(before, Map.of("sql", 2.0, "settled", 3.0)))
                .join();
        two.follower.look();
        var weights = two.tiny.cluster.settings().weights();
        assertThat(weights.of("sql")).isEqualTo(2);
        assertThat(weights.of("settled")).isEqualTo(5);
        one.scheduling.schedule(before -> weights(before, Map.of("sql", 1.0))).join();
        two.follower.look();
        assertThat(two.tiny.cluster.settings().weights().of("sql")).isEqualTo(1);
    }

    @Test
    void sharesOfOtherModelsStayAndAChangeOfAChangedOneIsRefused() {
        one.scheduling.schedule(before -> weights(before, Map.of("sql", 2.0))).join();
        two.scheduling.schedule(before -> weights(before, Map.of("law", 3.0))).join();
        assertThat(one.store.read().shares()).isEqualTo(Map.of("sql", 2.0, "law", 3.0));
        assertThatExceptionOfType(CatalogueChangedException.class)
                .isThrownBy(() -> {
                    var _ = two.scheduling.schedule(before -> weights(before, Map.of("sql", 4.0)));
                })
                .withMessageContaining(
                        "Another server has changed the share of adapter 'sql' meanwhile");
        assertThat(two.tiny.cluster.settings().weights().of("sql")).isEqualTo(1);
        assertThat(two.store.read().shares()).containsEntry("sql", 2.0);
        two.follower.look();
        two.scheduling.schedule(before -> weights(before, Map.of("sql", 4.0))).join();
        assertThat(one.store.read().shares()).isEqualTo(Map.of("sql", 4.0, "law", 3.0));
    }

    @Test
    void anAdapterThatAnotherHasChangedIsNotDeleted() {
        one.tiny.register("sql", "r8-all", false);
        two.follower.look();
        var _ = one.tiny.service().update("sql", owner("ann"), defaults -> defaults);
        assertThatExceptionOfType(CatalogueChangedException.class)
                .isThrownBy(() -> {
                    var _ = two.tiny.service().delete("sql", false);
                })
                .withMessageContaining("Another server has changed adapter 'sql' meanwhile");
        assertThat(two.store.read().adapters()).containsExactly(one.record("sql"));
        two.follower.look();
        assertThat(two.record("sql").details().owner()).isEqualTo("ann");
        two.tiny.service().delete("sql", false).join();
        one.tiny.service().delete("sql", false).join();
        assertThat(records(one)).isEmpty();
    }

    private static SchedulingSettings weights(
            SchedulingSettings before, Map<String, Double> weights) {
        return new SchedulingSettings(
                before.policy(), before.slo(), before.merge(), before.weights().with(weights));
    }

    @Test
    void unchangedFilesAreNotRead() {
        one.tiny.register("sql", "r8-all", false);
        two.follower.look();
        long revision = two.store.revision();
        var registrations = two.tiny.catalogue.registrations();
        two.follower.look();
        assertThat(two.store.revision()).isEqualTo(revision).isPositive();
        assertThat(two.tiny.catalogue.registrations()).isEqualTo(registrations);
    }

    @Test
    void aChangeIsNotUndoneByALookAtTheSameTime() throws Exception {
        one.tiny.register("sql", "r8-all", false);
        two.follower.look();
        var looking =
                Thread.ofVirtual()
                        .start(() -> {
                            for (int i = 0; i < 50; i++) {
                                one.follower.look();
                            }
                        });
        for (int i = 0; i < 20; i++) {
            var owner = "owner " + i;
            var _ = one.tiny.service().update("sql", owner(owner), defaults -> defaults);
            assertThat(one.record("sql").details().owner()).isEqualTo(owner);
        }
        looking.join();
        assertThat(one.record("sql").details().owner()).isEqualTo("owner 19");
    }

    @Test
    void theThreadFollowsChangesOfOtherServers() {
        var settings = new CatalogueFollower.Settings(Duration.ofMillis(50), Set.of(), Set.of());
        try (var own =
                new CatalogueFollower(two.store, two.tiny.adapters, two.scheduling, settings)) {
            own.start();
            one.tiny.register("sql", "r8-all", false);
            await().atMost(Duration.ofMinutes(1)).until(() -> !records(two).isEmpty());
        }
    }
}
