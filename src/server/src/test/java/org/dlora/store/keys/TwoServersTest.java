package org.dlora.store.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.RingSettings;
import org.dlora.security.Scope;
import org.dlora.security.SecretSource;
import org.dlora.security.Team;
import org.dlora.security.limits.Limits;
import org.dlora.store.Database;
import org.dlora.store.TestDatabase;
import org.dlora.store.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers on one PostgreSQL that change keys and teams at the same moment. */
class TwoServersTest {
    private static final AdapterPatterns MANY = new AdapterPatterns(List.of("sql", "law"));
    private static final AdapterPatterns FEW = new AdapterPatterns(List.of("sql"));

    @TempDir Path home;
    private final String url = TestPostgres.newDatabase();
    private final Database firstDatabase = TestDatabase.postgres(url, home);
    private final Database secondDatabase = TestDatabase.postgres(url, home);
    private final SecretSource secrets = SecretSource.inMemory();
    private final KeyService first = service(firstDatabase);
    private final KeyService second = service(secondDatabase);
    private final CountDownLatch inside = new CountDownLatch(1);

    private KeyService service(Database database) {
        return new KeyService(
                new KeyRing(new RingSettings(Optional.empty(), true, true), Clock.systemUTC()),
                new DatabaseKeys(database),
                secrets,
                Clock.systemUTC());
    }

    @AfterEach
    void end() {
        firstDatabase.close();
        secondDatabase.close();
    }

    private static Team team(AdapterPatterns adapters) {
        return new Team("red", "", adapters, AdapterPatterns.NONE, Instant.EPOCH);
    }

    private static Team described(Team team) {
        return new Team("red", "new", team.adapters(), team.owns(), team.created());
    }

    /** Runs a change by the first server, which stays open until the second one waits or ends. */
    private CompletableFuture<?> beside(Runnable change) {
        return CompletableFuture.runAsync(() -> {
            try {
                inside.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            change.run();
        });
    }

    private <T> UnaryOperator<T> open(CompletableFuture<?> other, UnaryOperator<T> change) {
        return before -> {
            inside.countDown();
            await().atMost(Duration.ofMinutes(1)).until(() -> other.isDone() || isWaiting());
            return change.apply(before);
        };
    }

    private boolean isWaiting() {
        return firstDatabase.with(DataSource.class, TwoServersTest::hasWaiting);
    }

    private static boolean hasWaiting(DataSource source) {
        try (var connection = source.getConnection();
                var found =
                        connection
                                .createStatement()
                                .executeQuery(
                                        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")) {
            return found.next() && found.getInt(1) > 0;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void adaptersThatWereTakenAwayStayAway() {
        var _ = first.create(team(MANY));
        var other = beside(() -> second.changeTeam("red", _ -> team(FEW)));
        var _ = first.changeTeam("red", open(other, TwoServersTest::described));
        other.join();
        first.refresh();
        assertThat(first.team("red").orElseThrow().adapters()).isEqualTo(FEW);

        var later = new DatabaseKeys(secondDatabase);
        assertThat(later.read().teams()).containsExactly(first.team("red").orElseThrow());
    }

    @Test
    void aScopeThatWasRemovedStaysAway() {
        var both = Set.of(Scope.ADMIN, Scope.INFERENCE);
        var id = first.issue(order("root", both)).key().id();
        var other = beside(() -> second.change(id, _ -> order("other", Set.of(Scope.INFERENCE))));
        var _ = first.change(id, open(other, _ -> order("root", both)));
        other.join();
        first.refresh();
        // The later change is whole: the one that waited.
        assertThat(first.key(id).orElseThrow())
                .returns("other", key -> key.name())
                .returns(Set.of(Scope.INFERENCE), key -> key.settings().scopes());
    }

    @Test
    void twoServersRemoveEndedKeysAtOnce() {
        var scopes = Set.of(Scope.ADMIN);
        var _ = first.issue(order("root", scopes));
        var ended = first.issue(order("ended", scopes)).key().id();
        var live = first.issue(order("live", scopes)).key().id();
        var _ = first.revoke(ended);
        second.refresh();
        var later = Instant.now().plusSeconds(60);
        var removed = new AtomicInteger();
        var other = beside(() -> removed.addAndGet(second.forgetEnded(later)));
        // The other removal waits for this change of the first server, which removes the key
        // itself.
        var _ =
                first.change(
                        live,
                        open(
                                other,
                                order -> {
                                    new DatabaseKeys(firstDatabase).deleteKeys(Set.of(ended));
                                    return order;
                                }));
        other.join();
        assertThat(removed).hasValue(0);
        assertThat(new DatabaseKeys(secondDatabase).read().keys())
                .hasSize(2)
                .noneMatch(key -> key.id().equals(ended));
        assertThat(second.key(ended)).isEmpty();
    }

    private static KeySettings order(String name, Set<Scope> scopes) {
        return new KeySettings(name, null, scopes, AdapterPatterns.ALL, null, Limits.NONE);
    }

    @Test
    void aTeamThatIsDeletedBesideAChangeIsNotBack() {
        var _ = first.create(team(MANY));
        var other = beside(() -> second.deleteTeam("red"));
        var _ = first.changeTeam("red", open(other, TwoServersTest::described));
        other.join();
        assertThat(new DatabaseKeys(firstDatabase).read().teams()).isEmpty();
        first.refresh();
        assertThatThrownBy(() -> first.changeTeam("red", TwoServersTest::described))
                .isInstanceOf(AccessChangeException.class);
    }

    @Test
    void ofTwoTeamsOfOneNameOneIsRefused() {
        var _ = first.create(new Team("blue", "", FEW, FEW, Instant.EPOCH));
        var other = beside(() -> second.create(team(FEW)));
        var _ =
                first.changeTeam(
                        "blue",
                        open(
                                other,
                                blue -> {
                                    new DatabaseKeys(firstDatabase).write(team(MANY));
                                    return blue;
                                }));
        assertThatThrownBy(other::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        AccessChangeException.class,
                        refusal ->
                                assertThat(refusal.kind())
                                        .isEqualTo(AccessChangeException.Kind.CONFLICT));
        assertThat(new DatabaseKeys(firstDatabase).read().teams())
                .filteredOn(one -> one.name().equals("red"))
                .singleElement()
                .returns(MANY, Team::adapters);
    }
}
