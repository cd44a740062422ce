package org.dlora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.dlora.audit.AuditEntry;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.Page;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionFacts;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.ApiKey;
import org.dlora.security.IssuedKey;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.RingSettings;
import org.dlora.security.Scope;
import org.dlora.security.SecretSource;
import org.dlora.security.Team;
import org.dlora.security.limits.Limits;
import org.dlora.security.users.Passwords;
import org.dlora.security.users.Role;
import org.dlora.security.users.UserService;
import org.dlora.store.history.HistorySettings;
import org.dlora.store.history.StoredHistory;
import org.dlora.store.keys.DatabaseKeys;
import org.dlora.store.users.DatabaseUsers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The audit of changes on H2 and on PostgreSQL: a change and its row are one. */
abstract class AuditContract {
    private static final Instant THEN = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final Team RED =
            new Team("red", "", AdapterPatterns.ALL, AdapterPatterns.NONE, THEN);

    @TempDir Path home;
    private final ClusterEvents events = new ClusterEvents(Clock.systemUTC());
    private Database database;
    private DatabaseKeys store;
    private KeyService keys;
    private StoredHistory history;

    /** Returns the one database of a test, once it is open. */
    abstract Database open();

    @BeforeEach
    void begin() {
        database = open();
        store = new DatabaseKeys(database);
        keys = service(store);
        var usual = HistorySettings.DEFAULT;
        // No model is served, and the queue of requests takes one row.
        var settings =
                new HistorySettings(
                        true, false, 1, 1 << 20, usual.keep(), usual.maxRows(), usual.keepAudit());
        history =
                new StoredHistory(
                        database, settings, events, Clock.systemUTC(), new SimpleMeterRegistry());
    }

    @AfterEach
    void end() {
        history.close();
        database.close();
    }

    private static KeyService service(DatabaseKeys store) {
        return new KeyService(
                new KeyRing(new RingSettings(Optional.empty(), true, true), Clock.systemUTC()),
                store,
                SecretSource.inMemory(),
                Clock.systemUTC());
    }

    private static KeySettings order(String name) {
        return new KeySettings(
                name, null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, null, Limits.NONE);
    }

    private List<AuditRecord> audit() {
        return history.audit(AuditFilter.ALL, new Page(null, 100, null, null));
    }

    @Test
    void theRowIsThereWhenTheChangeIs() {
        IssuedKey issued = AuditedAction.call("ann", "key.create", () -> keys.issue(order("root")));
        assertThat(audit())
                .singleElement()
                .returns("ann", AuditRecord::actor)
                .returns("key.create", AuditRecord::action)
                .returns(issued.key().id(), AuditRecord::subject)
                .returns(null, AuditRecord::before)
                .extracting(AuditRecord::after)
                .asString()
                .contains("root")
                .doesNotContain(issued.secret(), issued.key().hash());
    }

    @Test
    void removedKeysStayInTheAuditByTheirIdsAndNames() {
        var root = keys.issue(order("root"));
        var ended = keys.issue(order("of a former colleague"));
        AuditedAction.call("ann", "key.revoke", () -> keys.revoke(ended.key().id()));
        var later = Clock.systemUTC().instant().plusSeconds(60);
        int removed = AuditedAction.call("server", "key.purge", () -> keys.forgetEnded(later));
        int none = AuditedAction.call("server", "key.purge", () -> keys.forgetEnded(later));
        assertThat(removed).isOne();
        assertThat(none).isZero();
        assertThat(store.read().keys()).singleElement().returns(root.key().id(), ApiKey::id);
        assertThat(audit())
                .extracting(AuditRecord::action)
                .containsExactly("key.purge", "key.revoke");
        assertThat(audit().getFirst())
                .returns("server", AuditRecord::actor)
                .returns("keys", AuditRecord::subject)
                .returns(
                        "{\"%s\":\"of a former colleague\"}".formatted(ended.key().id()),
                        AuditRecord::before);
        assertThat(audit().getLast()).returns(ended.key().id(), AuditRecord::subject);
    }

    @Test
    void keysStayWhereTheirRemovalCannotBeAudited() {
        var _ = keys.issue(order("root"));
        var ended = keys.issue(order("ended"));
        var _ = keys.revoke(ended.key().id());
        var later = Clock.systemUTC().instant().plusSeconds(60);
        database.with(DataSource.class, source -> execute(source, "drop table audit"));
        assertThatExceptionOfType(RuntimeException.class)
                .isThrownBy(() ->
                        AuditedAction.call("server", "key.purge", () -> keys.forgetEnded(later)));
        assertThat(store.read().keys()).hasSize(2);
        assertThat(keys.keys()).hasSize(2);
    }

    @Test
    void aChangeThatFailsLeavesNeither() {
        assertThatThrownBy(() ->
                        AuditedAction.call(
                                "ann",
                                "team.create",
                                () ->
                                        store.alone(() -> {
                                            AuditedAction.describe("red", null, RED.state());
                                            store.write(RED);
                                            throw new IllegalStateException("killed");
                                        })))
                .hasMessage("killed");
        assertThat(store.read().teams()).isEmpty();
        assertThat(audit()).isEmpty();
    }

    @Test
    void changesWithoutTheirAuditRowDoNotHappen() {
        database.with(DataSource.class, source -> execute(source, "drop table audit"));
        assertThatExceptionOfType(RuntimeException.class)
                .isThrownBy(() -> AuditedAction.call("ann", "team.create", () -> keys.create(RED)));
        assertThat(store.read().teams()).isEmpty();
        assertThat(keys.teams()).isEmpty();
    }

    private static boolean execute(DataSource source, String sql) {
        try (var connection = source.getConnection();
                var statement = connection.createStatement()) {
            return statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void actionsBesideTheDatabaseDoNotWaitBehindRequests() {
        for (int i = 0; i < 20; i++) {
            events.done("ann", "replica.restart", "r" + i, null, null);
        }
        assertThat(audit()).hasSize(20);
    }

    /**
     * Strangers' sign-ins wait in the queue; an administrator's action is not acknowledged there.
     */
    @Test
    void actionsAreWrittenAtOnceThoughOthersWait() {
        for (int i = 0; i < 300; i++) {
            events.noted("user:none", "user.sign_in", "n" + i, null, null);
        }
        events.done("ann", "replica.restart", "r", null, null);
        int written =
                database.with(
                        DataSource.class,
                        source ->
                                count(
                                        source,
                                        "select count(*) from audit where action = 'replica.restart'"));
        assertThat(written).isOne();
    }

    /** The servers of a database choose keys of their own, some of them the same. */
    @Test
    void aRowTakesThePlaceOfNoOther() {
        var first = new AuditEntry("ann", "key.create", "a", null, null);
        var second = new AuditEntry("bob", "key.create", "b", null, null);
        assertThat(written(first)).isEqualTo(7);
        assertThat(written(second)).isEqualTo(8);
        // An entry that is written again is the same row.
        assertThat(written(first)).isEqualTo(7);
        assertThat(audit()).extracting(AuditRecord::actor).containsExactly("bob", "ann");
    }

    private long written(AuditEntry entry) {
        return database.with(AuditRows.class, rows -> rows.write(7, true, entry));
    }

    private static int count(DataSource source, String sql) {
        try (var connection = source.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getInt(1) : -1;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void actionsBeforeTheDatabaseIsOpenAreWrittenOnceItIs() {
        try (var later = TestDatabase.unopened(home.resolve("later"));
                var waiting =
                        new StoredHistory(
                                later,
                                HistorySettings.DEFAULT,
                                events,
                                Clock.systemUTC(),
                                new SimpleMeterRegistry())) {
            events.done("ann", "log.level", "root", null, null);
            later.start();
            TestDatabase.await(later);
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            waiting.audit(AuditFilter.ALL, new Page(null, 9, null, null)).size()
                                    == 1);
        }
    }

    @Test
    void usersAreAuditedWithTheirChange() {
        var users =
                new UserService(new DatabaseUsers(database), new Passwords(), Clock.systemUTC());
        var _ =
                AuditedAction.call(
                        "command",
                        "user.create",
                        () -> users.create("ann", Role.ADMIN, "correct horse battery"));
        var _ =
                AuditedAction.call(
                        "command",
                        "user.update",
                        () ->
                                users.change(
                                        "ann",
                                        new UserService.Change(
                                                null, null, "incorrect horse battery")));
        assertThat(audit())
                .extracting(AuditRecord::action)
                .containsExactly("user.update", "user.create");
        assertThat(audit().getFirst().after()).contains("\"password\":\"changed\"");
        assertThat(audit().toString()).doesNotContain("horse", "argon");
    }

    @Test
    void rowsOfAllBaseModelsAreSeen() {
        for (var base : List.of("base-1", "base-2")) {
            AuditedAction.call(
                    "ann",
                    "adapter.register",
                    () -> {
                        AuditedAction.describe("sql", null, Map.of("of", base));
                        new DatabaseCatalogue(database, base).write(adapter());
                        return base;
                    });
        }
        history.serves(new ServedBase("base-3", "fp", "exact"));
        assertThat(audit())
                .extracting(AuditRecord::after)
                .containsExactly("{\"of\":\"base-2\"}", "{\"of\":\"base-1\"}");
    }

    @Test
    void anActionOfSeveralTransactionsHasOneRowOfASubject() {
        var catalogue = new DatabaseCatalogue(database, "base");
        AuditedAction.call(
                "ann",
                "adapter.update",
                () -> {
                    AuditedAction.describe("sql", Map.of("n", 1), Map.of("n", 2));
                    catalogue.write(adapter());
                    AuditedAction.describe("sql", Map.of("n", 2), Map.of("n", 3));
                    catalogue.write(adapter());
                    events.done("ann", "adapter.update", "sql", null, Map.of("share", 2));
                    return "";
                });
        assertThat(audit())
                .singleElement()
                .returns("{\"n\":1}", AuditRecord::before)
                .extracting(AuditRecord::after)
                .asString()
                .contains("\"n\":3", "\"share\":2");
    }

    private static AdapterRecord adapter() {
        return AdapterRecord.of(
                "sql",
                new VersionRecord(
                        1,
                        Optional.empty(),
                        "",
                        VersionDefaults.NONE,
                        "sql",
                        "sql",
                        THEN,
                        VersionFacts.UNKNOWN,
                        Optional.empty()));
    }
}
