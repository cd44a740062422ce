package org.dlora.store.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.ApiKey;
import org.dlora.security.KeySettings;
import org.dlora.security.KeyStore;
import org.dlora.security.Scope;
import org.dlora.security.Team;
import org.dlora.security.limits.BudgetPeriod;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.TokenBudget;
import org.dlora.store.Database;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys and teams on H2 and on PostgreSQL. */
abstract class KeysContract {
    private static final Instant THEN = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final Limits LIMITS =
            new Limits(
                    60L,
                    10_000L,
                    null,
                    new TokenBudget(Limits.MOST_BUDGET, BudgetPeriod.MONTH, 0.8));
    private static final String ID = "dlora_0123456789ab";

    @TempDir Path home;

    /** Returns the one database of a test, once it is open. */
    abstract Database open();

    private static ApiKey key(String id, String name, @Nullable Instant revoked) {
        return new ApiKey(
                id,
                new KeySettings(
                        name,
                        "red",
                        Set.of(Scope.INFERENCE, Scope.METRICS),
                        new AdapterPatterns(List.of("sql-*", "é'; drop table api_key; --")),
                        THEN.plusSeconds(60),
                        LIMITS),
                THEN,
                revoked,
                null,
                "ab".repeat(32),
                "cd".repeat(8));
    }

    private static void assertSame(ApiKey found, ApiKey expected) {
        assertThat(found).usingRecursiveComparison().isEqualTo(expected);
    }

    @Test
    void everyMemberIsThereAfterTheNextStart() {
        var key = key(ID, "n".repeat(100), null);
        var bare =
                new ApiKey(
                        "dlora_ba9876543210",
                        new KeySettings(
                                "root", null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, null),
                        THEN,
                        THEN.plusSeconds(1),
                        null,
                        "00".repeat(32),
                        "");
        var team =
                new Team(
                        "red",
                        "ä, \"c\"",
                        AdapterPatterns.NONE,
                        new AdapterPatterns(List.of("a*", "b")),
                        THEN,
                        new Limits(null, null, 3L, new TokenBudget(9, BudgetPeriod.DAY, 0.5)),
                        2.5);
        try (var database = open()) {
            var store = new DatabaseKeys(database);
            assertThat(store.read()).isEqualTo(KeyStore.Content.EMPTY);
            store.write(List.of(key, bare));
            store.write(team);
        }
        try (var database = open()) {
            var kept = new DatabaseKeys(database).read();
            assertThat(kept.teams()).containsExactly(team);
            assertThat(kept.keys()).hasSize(2);
            kept.keys().forEach(found -> assertSame(found, found.id().equals(ID) ? key : bare));
        }
    }

    @Test
    void changesReplaceButForTheRevocation() {
        try (var database = open()) {
            var store = new DatabaseKeys(database);
            store.write(List.of(key(ID, "old", null)));
            store.write(List.of(key(ID, "new", THEN.plusSeconds(5))));
            // This server has not seen the revocation.
            store.write(List.of(key(ID, "newer", null)));
            assertSame(store.read().keys().getFirst(), key(ID, "newer", THEN.plusSeconds(5)));
            store.write(new Team("red", "a", AdapterPatterns.ALL, AdapterPatterns.ALL, THEN));
            store.write(new Team("red", "b", AdapterPatterns.NONE, AdapterPatterns.ALL, THEN));
            assertThat(store.read().teams())
                    .containsExactly(
                            new Team("red", "b", AdapterPatterns.NONE, AdapterPatterns.ALL, THEN));
            store.deleteTeam("red");
            store.deleteTeam("red");
            assertThat(store.read().teams()).isEmpty();
        }
    }

    @Test
    void removedKeysAreGone() {
        var other = key("dlora_ba9876543210", "other", null);
        try (var database = open()) {
            var store = new DatabaseKeys(database);
            store.write(List.of(key(ID, "key", THEN), other));
            store.deleteKeys(Set.of(ID, "dlora_gone"));
            store.deleteKeys(Set.of(ID));
            store.used(Map.of(ID, THEN));
            assertThat(store.read().keys())
                    .singleElement()
                    .satisfies(kept -> assertSame(kept, other));
        }
    }

    @Test
    void theLatestUseStays() {
        try (var database = open()) {
            var store = new DatabaseKeys(database);
            store.write(List.of(key(ID, "key", null)));
            store.used(Map.of(ID, THEN.plusSeconds(10), "dlora_gone", THEN));
            store.used(Map.of(ID, THEN.plusSeconds(9)));
            store.write(List.of(key(ID, "changed", null)));
            assertThat(store.read().keys().getFirst().lastUsed()).isEqualTo(THEN.plusSeconds(10));
        }
    }

    @Test
    void aDatabaseThatIsAwayIsSaid() {
        var database = open();
        database.close();
        var store = new DatabaseKeys(database);
        assertThatExceptionOfType(AccessUnavailableException.class)
                .isThrownBy(store::read)
                .withMessage("The database cannot be reached: the server is shutting down");
    }
}
