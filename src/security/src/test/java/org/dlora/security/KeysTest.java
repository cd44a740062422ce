package org.dlora.security;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.security.AccessRefusedException.Kind;
import org.dlora.security.limits.BudgetPeriod;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.TokenBudget;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Keys and teams from their making to their end. */
class KeysTest {
    private static final KeySettings ADMIN =
            new KeySettings("root", null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, null);
    private static final String GIVEN = "a-key-of-the-settings-1234";

    private final FakeKeyStore store = new FakeKeyStore();
    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private final SecretSource secrets = SecretSource.inMemory();
    private KeyRing ring = ring(Optional.empty(), false, false);
    private KeyService keys = service(ring);

    private KeyRing ring(Optional<String> given, boolean required, boolean mayExist) {
        return new KeyRing(new RingSettings(given, required, mayExist), () -> now);
    }

    private KeyService service(KeyRing of) {
        return new KeyService(of, store, secrets, () -> now);
    }

    private Access call(String key) {
        return ring.authenticate(List.of("Bearer " + key));
    }

    private void assertRefused(Kind kind, String... headers) {
        assertThatExceptionOfType(AccessRefusedException.class)
                .isThrownBy(() -> ring.authenticate(List.of(headers)))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private static KeySettings inference(@Nullable String team, String... adapters) {
        return new KeySettings(
                "app",
                team,
                Set.of(Scope.INFERENCE, Scope.ADAPTERS),
                new AdapterPatterns(List.of(adapters)),
                null);
    }

    @Test
    void withoutKeysEverybodyMayDoEverything() {
        assertThat(ring.authenticate(List.of()).hasKey()).isFalse();
        assertThat(ring.authenticate(List.of("Bearer none")).hasKey()).isFalse();
        assertThat(ring.isOpen()).isTrue();
        assertThat(ring.hasKeys()).isFalse();
    }

    @Test
    void theFirstKeyClosesTheServer() {
        var admin = keys.issue(ADMIN);
        assertThat(admin.secret()).matches("dlora_[0-9a-f]{12}_[0-9a-f]{48}");
        assertThat(admin.secret()).startsWith(admin.key().id());
        assertRefused(Kind.MISSING);
        assertRefused(Kind.INVALID, "Bearer none");
        assertRefused(Kind.INVALID, "Bearer " + admin.key().id() + "_" + "0".repeat(48));
        assertRefused(Kind.MISSING, "Basic " + admin.secret());
        assertRefused(Kind.MISSING, "Bearer " + admin.secret(), "Bearer " + admin.secret());
        assertThat(call(admin.secret()).keyId()).hasValue(admin.key().id());
        assertThat(ring.authenticate(List.of("bearer   " + admin.secret())).has(Scope.METRICS))
                .isTrue();
    }

    @Test
    void theFirstKeyMustBeAnAdministrators() {
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> keys.issue(inference(null, "*")))
                .withMessageContaining("admin");
        assertThat(ring.isOpen()).isTrue();
        ring = ring(Optional.of(GIVEN), false, false);
        keys = service(ring);
        keys.issue(inference(null, "*"));
        assertThat(ring.isOpen()).isFalse();
    }

    @Test
    void nothingSecretIsKeptOrShown() {
        var issued = keys.issue(ADMIN);
        var secret = issued.secret().substring(20);
        var kept = store.read().keys().getFirst();
        assertThat(kept.hash()).hasSize(64).doesNotContain(secret);
        assertThat(issued.toString() + issued.key() + keys.keys() + call(issued.secret()))
                .doesNotContain(secret)
                .doesNotContain(kept.hash());
    }

    @Test
    void keysAreCheckedWithoutTheStore() {
        var admin = keys.issue(ADMIN);
        int reads = store.reads;
        store.away(true);
        for (int i = 0; i < 100; i++) {
            assertThat(call(admin.secret()).hasKey()).isTrue();
        }
        assertThat(store.reads).isEqualTo(reads);
        assertThatExceptionOfType(AccessUnavailableException.class).isThrownBy(keys::refresh);
        assertThat(call(admin.secret()).hasKey()).isTrue();
    }

    @Test
    void aRevokedKeyIsRefusedAtOnceAndEndsItsCalls() {
        var admin = keys.issue(ADMIN);
        var other = keys.issue(inference(null, "*"));
        var running = call(other.secret());
        var ended = isOver(running);
        keys.revoke(other.key().id());
        assertThat(ended).isTrue();
        assertRefused(Kind.INVALID, "Bearer " + other.secret());
        assertThat(call(admin.secret()).hasKey()).isTrue();
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> keys.change(other.key().id(), _ -> ADMIN))
                .withMessageContaining("has ended");
    }

    @Test
    void endedKeysAreForgottenAfterAWhile() {
        var admin = keys.issue(ADMIN);
        var revoked = keys.issue(inference(null, "*"));
        var expiring =
                keys.issue(
                        new KeySettings(
                                "short",
                                null,
                                Set.of(Scope.INFERENCE),
                                AdapterPatterns.ALL,
                                now.plusSeconds(10)));
        var rotated = keys.issue(inference(null, "*"));
        var next = keys.rotate(rotated.key().id(), Duration.ofSeconds(20), null);
        keys.revoke(revoked.key().id());
        assertThat(keys.forgetEnded(now)).isZero();

        now = now.plusSeconds(15);
        // The rotated key is in its overlap; the expired one ended five seconds ago.
        assertThat(keys.forgetEnded(now.minusSeconds(5))).isOne();
        assertThat(keys.forgetEnded(now)).isOne();
        assertThat(ids())
                .containsExactlyInAnyOrder(admin.key().id(), rotated.key().id(), next.key().id());
        assertThat(keys.key(expiring.key().id())).isEmpty();
        assertThat(call(rotated.secret()).hasKey()).isTrue();
        assertRefused(Kind.INVALID, "Bearer " + revoked.secret());

        now = now.plusSeconds(10);
        assertThat(keys.forgetEnded(now)).isOne();
        assertThat(ids()).containsExactlyInAnyOrder(admin.key().id(), next.key().id());
        assertThat(store.read().keys()).hasSize(2);
    }

    private List<String> ids() {
        return keys.keys().stream().map(ApiKey::id).toList();
    }

    @Test
    void theLastKeyIsNotForgotten() {
        var admin = keys.issue(ADMIN);
        var other = keys.issue(ADMIN);
        keys.revoke(other.key().id());
        now = now.plusSeconds(1);
        keys.revoke(admin.key().id());
        now = now.plusSeconds(1000);
        assertThat(keys.forgetEnded(now)).isOne();
        assertThat(keys.forgetEnded(now)).isZero();
        assertThat(ids()).containsExactly(admin.key().id());
        assertRefused(Kind.MISSING);
        assertThat(ring.isOpen()).isFalse();
    }

    @Test
    void manyEndedKeysGoInSlices() {
        var root = keys.issue(ADMIN);
        for (int i = 0; i <= KeyService.SLICE; i++) {
            keys.revoke(keys.issue(inference(null, "*")).key().id());
        }
        now = now.plusSeconds(1);
        assertThat(keys.forgetEnded(now)).isEqualTo(KeyService.SLICE);
        assertThat(keys.forgetEnded(now)).isOne();
        assertThat(ids()).containsExactly(root.key().id());
    }

    @Test
    void aLookForEndedKeysDoesNotAskTheStore() {
        keys.issue(ADMIN);
        store.away(true);
        assertThat(keys.forgetEnded(now)).isZero();
    }

    @Test
    void aServerThatHadAKeyStaysClosed() {
        var admin = keys.issue(ADMIN);
        keys.revoke(admin.key().id());
        assertRefused(Kind.MISSING);
    }

    @Test
    void anExpiredKeyIsRefusedAndEndsItsCalls() {
        keys.issue(ADMIN);
        var order = inference(null, "*");
        var issued =
                keys.issue(
                        new KeySettings(
                                order.name(),
                                null,
                                order.scopes(),
                                order.adapters(),
                                now.plusSeconds(60)));
        var ended = isOver(call(issued.secret()));
        now = now.plusSeconds(59);
        assertThat(call(issued.secret()).hasKey()).isTrue();
        now = now.plusSeconds(1);
        assertRefused(Kind.INVALID, "Bearer " + issued.secret());
        assertThat(ended).isFalse();
        keys.endCalls();
        assertThat(ended).isTrue();
    }

    @Test
    void bothKeysHoldWhileARotationOverlaps() {
        var old = keys.issue(ADMIN);
        var next = keys.rotate(old.key().id(), Duration.ofHours(1), null);
        assertThat(next.key().settings()).isEqualTo(ADMIN);
        assertThat(call(old.secret()).hasKey()).isTrue();
        assertThat(call(next.secret()).hasKey()).isTrue();
        now = now.plus(Duration.ofHours(1));
        assertRefused(Kind.INVALID, "Bearer " + old.secret());
        assertThat(call(next.secret()).hasKey()).isTrue();
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> keys.rotate(old.key().id(), Duration.ZERO, null));
    }

    @Test
    void aRotatedKeyLivesAsLongAsTheOldOneDid() {
        var old =
                keys.issue(
                        new KeySettings(
                                "root",
                                null,
                                Set.of(Scope.ADMIN),
                                AdapterPatterns.ALL,
                                now.plus(Duration.ofDays(30))));
        now = now.plus(Duration.ofDays(20));
        var next = keys.rotate(old.key().id(), Duration.ofDays(20), null);
        assertThat(next.key().expires()).isEqualTo(now.plus(Duration.ofDays(30)));
        assertThat(keys.key(old.key().id()).orElseThrow().expires())
                .as("a rotation does not lengthen a life")
                .isEqualTo(old.key().expires());
    }

    @Test
    void keyAndTeamBothLimitTheAdapters() {
        keys.issue(ADMIN);
        keys.create(
                new Team(
                        "red",
                        "",
                        new AdapterPatterns(List.of("shared-*")),
                        new AdapterPatterns(List.of("red-*")),
                        now));
        var access = call(keys.issue(inference("red", "*-sql")).secret());
        assertThat(access.mayUse("red-sql")).isTrue();
        assertThat(access.mayUse("shared-sql")).isTrue();
        assertThat(access.mayUse("red-law")).as("the key is for others").isFalse();
        assertThat(access.mayUse("blue-sql")).as("the team is for others").isFalse();
        assertThat(access.mayChange("red-sql")).isTrue();
        assertThat(access.mayChange("shared-sql")).as("used, not owned").isFalse();
        assertThat(access.actor("host")).isEqualTo(access.keyId().orElseThrow() + " (team red)");
    }

    @Test
    void aLimitedKeyLoadsOnlyFoldersOfItsOwnNames() {
        keys.issue(ADMIN);
        keys.create(
                new Team(
                        "red",
                        "",
                        AdapterPatterns.NONE,
                        new AdapterPatterns(List.of("red/*")),
                        now));
        var access = call(keys.issue(inference("red", "*")).secret());
        access.requireFolder("red/v2");
        for (var path : List.of("blue", "/red/v2", "red/../blue", "red/..")) {
            assertThatExceptionOfType(AccessRefusedException.class)
                    .as(path)
                    .isThrownBy(() -> access.requireFolder(path));
        }
        Access.OPEN.requireFolder("/anything/..");
    }

    @Test
    void aTeamIsChangedForTheCallsToCome() {
        keys.issue(ADMIN);
        keys.create(new Team("red", "", AdapterPatterns.NONE, AdapterPatterns.NONE, now));
        var key = keys.issue(inference("red", "*"));
        assertThat(call(key.secret()).mayUse("sql")).isFalse();
        keys.changeTeam(
                "red",
                team ->
                        new Team(
                                team.name(), "", AdapterPatterns.ALL, team.owns(), team.created()));
        assertThat(call(key.secret()).mayUse("sql")).isTrue();
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> keys.deleteTeam("red"))
                .withMessageContaining("1 key in force; revoke it first.");
        keys.revoke(key.key().id());
        keys.deleteTeam("red");
        assertThat(keys.teams()).isEmpty();
    }

    @Test
    void invalidNewKeysAreRefusedInWords() {
        keys.issue(ADMIN);
        keys.create(new Team("red", "", AdapterPatterns.ALL, AdapterPatterns.NONE, now));
        var wrong = new ArrayList<KeySettings>();
        wrong.add(new KeySettings("", null, Set.of(Scope.METRICS), AdapterPatterns.ALL, null));
        wrong.add(new KeySettings("a\nb", null, Set.of(Scope.METRICS), AdapterPatterns.ALL, null));
        wrong.add(new KeySettings("a", null, Set.of(), AdapterPatterns.ALL, null));
        wrong.add(new KeySettings("a", "blue", Set.of(Scope.METRICS), AdapterPatterns.ALL, null));
        wrong.add(new KeySettings("a", "red", Set.of(Scope.ADMIN), AdapterPatterns.ALL, null));
        wrong.add(new KeySettings("a", null, Set.of(Scope.ADMIN), AdapterPatterns.NONE, null));
        wrong.add(new KeySettings("a", null, Set.of(Scope.METRICS), AdapterPatterns.ALL, now));
        wrong.add(inference(null, "a\nb"));
        wrong.add(inference(null, ""));
        for (var order : wrong) {
            assertThatExceptionOfType(AccessChangeException.class)
                    .as(order.toString())
                    .isThrownBy(() -> keys.issue(order))
                    .satisfies(e ->
                            assertThat(e.kind()).isEqualTo(AccessChangeException.Kind.INVALID));
        }
        assertThat(keys.keys()).hasSize(1);
    }

    @Test
    void limitsOutsideTheirRangeAreRefused() {
        keys.issue(ADMIN);
        var month = BudgetPeriod.MONTH;
        assertNoLimits("requests_per_minute", new Limits(0L, null, null, null));
        assertNoLimits("tokens_per_minute", new Limits(1L, 1_000_000_001L, null, null));
        assertNoLimits("concurrent_requests", new Limits(null, null, -1L, null));
        assertNoLimits("token_budget", new Limits(null, null, null, new TokenBudget(0, month, 1)));
        assertNoLimits(
                "budget_alert", new Limits(null, null, null, new TokenBudget(9, month, 1.1)));
        for (double share : new double[] {0, -1, 101, Double.NaN}) {
            assertThatExceptionOfType(AccessChangeException.class)
                    .isThrownBy(() -> keys.create(team("red", Limits.NONE, share)))
                    .withMessageContaining("expected a number from 0.01 to 100");
        }
        assertThat(keys.teams()).isEmpty();
    }

    private void assertNoLimits(String member, Limits limits) {
        var order =
                new KeySettings(
                        "a", null, Set.of(Scope.METRICS), AdapterPatterns.ALL, null, limits);
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> keys.issue(order))
                .satisfies(e -> assertThat(e.field()).isEqualTo("limits." + member));
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> keys.create(team("red", limits, 1)))
                .satisfies(e -> assertThat(e.field()).isEqualTo("limits." + member));
    }

    private Team team(String name, Limits limits, double share) {
        return new Team(name, "", AdapterPatterns.ALL, AdapterPatterns.NONE, now, limits, share);
    }

    @Test
    void limitsBelongToAKeyAndItsNextOne() {
        var limits = new Limits(6L, null, null, new TokenBudget(9, BudgetPeriod.DAY, 0.5));
        var ordered =
                new KeySettings(
                        "root", null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, null, limits);
        var key = keys.issue(ordered);
        assertThat(requireNonNull(call(key.secret()).key()).settings().limits()).isEqualTo(limits);
        var next = keys.rotate(key.key().id(), Duration.ZERO, null);
        assertThat(next.key().settings().limits()).isEqualTo(limits);
        keys.change(
                next.key().id(),
                order ->
                        new KeySettings(
                                order.name(),
                                null,
                                order.scopes(),
                                order.adapters(),
                                null,
                                Limits.NONE));
        assertThat(requireNonNull(call(next.secret()).key()).settings().limits())
                .isEqualTo(Limits.NONE);
        assertThat(keys.revoke(next.key().id()).settings().limits()).isEqualTo(Limits.NONE);
    }

    @Test
    void sharesOfTeamsAreKnown() {
        keys.issue(ADMIN);
        assertThat(ring.shareOf("red")).isEqualTo(1);
        keys.create(team("red", Limits.NONE, 2.5));
        assertThat(ring.shareOf("red")).isEqualTo(2.5);
        var told = new ArrayList<Double>();
        ring.onChange(() -> told.add(ring.shareOf("red")));
        keys.changeTeam("red", team -> team("red", team.limits(), 0.5));
        assertThat(told).containsExactly(0.5);
        assertThat(ring.shareOf("red")).isEqualTo(0.5);
        keys.deleteTeam("red");
        assertThat(ring.shareOf("red")).isEqualTo(1);
    }

    @Test
    void unkeptChangesDoNotHold() {
        var admin = keys.issue(ADMIN);
        store.away(true);
        assertThatExceptionOfType(AccessUnavailableException.class)
                .isThrownBy(() -> keys.revoke(admin.key().id()));
        assertThat(call(admin.secret()).hasKey()).isTrue();
    }

    @Test
    void nobodyGetsInUntilTheKeysAreKnown() {
        keys.issue(ADMIN);
        ring = ring(Optional.of(GIVEN), false, true);
        keys = service(ring);
        assertRefused(Kind.NOT_READY, "Bearer " + "dlora_000000000000_" + "0".repeat(48));
        assertThat(call(GIVEN).has(Scope.ADMIN)).isTrue();
        ring = ring(Optional.empty(), false, true);
        keys = service(ring);
        assertRefused(Kind.NOT_READY);
        keys.refresh();
        assertRefused(Kind.MISSING);
    }

    @Test
    void aServerOnANetworkNeedsAKeyEvenIfThereIsNone() {
        ring = ring(Optional.empty(), true, false);
        assertRefused(Kind.MISSING);
        service(ring).refresh();
        assertRefused(Kind.MISSING);
    }

    @Test
    void theKeyOfTheSettingsIsAnAdministrators() {
        ring = ring(Optional.of(GIVEN), false, false);
        assertRefused(Kind.MISSING);
        assertRefused(Kind.INVALID, "Bearer " + GIVEN + "5");
        assertThat(call(GIVEN).keyId()).hasValue("admin-key");
    }

    @Test
    void anotherServerSeesChangesAtItsNextLook() {
        var admin = keys.issue(ADMIN);
        var otherRing = ring(Optional.empty(), false, false);
        var other = service(otherRing);
        other.refresh();
        assertThat(otherRing.authenticate(List.of("Bearer " + admin.secret())).hasKey()).isTrue();
        keys.revoke(admin.key().id());
        other.refresh();
        assertThatExceptionOfType(AccessRefusedException.class)
                .isThrownBy(() -> otherRing.authenticate(List.of("Bearer " + admin.secret())));
    }

    @Test
    void aKeyThatWasMadeWithAnotherSecretIsRefused() {
        var admin = keys.issue(ADMIN);
        var otherRing = ring(Optional.empty(), false, false);
        new KeyService(otherRing, store, SecretSource.inMemory(), () -> now).refresh();
        assertThatExceptionOfType(AccessRefusedException.class)
                .isThrownBy(() -> otherRing.authenticate(List.of("Bearer " + admin.secret())));
    }

    @Test
    void usesAreWrittenBesideTheCalls() {
        var admin = keys.issue(ADMIN);
        call(admin.secret());
        assertThat(store.read().keys().getFirst().lastUsed()).isNull();
        assertThat(keys.keys().getFirst().lastUsed()).isEqualTo(now);
        store.away(true);
        assertThatExceptionOfType(AccessUnavailableException.class).isThrownBy(keys::writeUses);
        store.away(false);
        keys.writeUses();
        assertThat(store.read().keys().getFirst().lastUsed()).isEqualTo(now);
        assertThat(keys.keys().getFirst().lastUsed())
                .as("known before the keys are read again")
                .isEqualTo(now);
    }

    @Test
    void anEndIsKeptAsPreciselyAsDatabasesKeepIt() {
        var end = Instant.parse("2027-01-02T03:04:05.123456789Z");
        var order = new KeySettings("app", null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, end);
        assertThat(order.expires()).isEqualTo(Instant.parse("2027-01-02T03:04:05.123Z"));
        assertThat(keys.issue(order).key().settings()).as("what is stored").isEqualTo(order);
    }

    private static AtomicBoolean isOver(Access call) {
        var isOver = new AtomicBoolean();
        var _ = call.ended().onEnd(() -> isOver.set(true));
        return isOver;
    }

    @Test
    void callsWithoutAKeyEndWithTheFirstKey() {
        var isOver = isOver(ring.authenticate(List.of()));
        assertThat(isOver).isFalse();
        keys.issue(ADMIN);
        assertThat(isOver).isTrue();
    }

    /** Another server of the database reads the change after the old end. */
    @Test
    void aKeyThatWasExtendedLivesAgainWhereThatIsSeenLate() {
        keys.issue(ADMIN);
        var order =
                new KeySettings(
                        "app",
                        null,
                        Set.of(Scope.INFERENCE),
                        AdapterPatterns.ALL,
                        now.plusSeconds(10));
        var issued = keys.issue(order);
        var before = isOver(call(issued.secret()));
        service(ring(Optional.empty(), false, false))
                .change(
                        issued.key().id(),
                        old ->
                                new KeySettings(
                                        old.name(),
                                        old.team(),
                                        old.scopes(),
                                        old.adapters(),
                                        now.plusSeconds(1000)));
        now = now.plusSeconds(11);
        ring.endCalls();
        assertThat(before).isTrue();
        ring.publish(store.read(), secrets.find());
        assertThat(isOver(call(issued.secret()))).isFalse();
    }
}
