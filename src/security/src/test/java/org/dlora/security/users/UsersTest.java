package org.dlora.security.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.dlora.security.Access;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.Scope;
import org.dlora.security.users.SignInRefusedException.Kind;
import org.dlora.security.users.SignedIn.Way;
import org.dlora.security.users.UserService.Change;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users from their making to their end, and their sign-ins. */
class UsersTest {
    private static final String PASSWORD = "correct horse battery";

    private final AdjustableClock clock =
            new AdjustableClock(Instant.parse("2026-01-02T03:04:05Z"));
    private final FakeUserStore store = new FakeUserStore();
    private final Passwords passwords = new Passwords();
    private final UserService users = new UserService(store, passwords, clock);
    private final SignInLink link = new SignInLink(users, clock);
    private final List<String> audit = new ArrayList<>();
    private Executor threads = Runnable::run;
    private final SignIns signIns =
            new SignIns(
                    users,
                    passwords,
                    link,
                    (actor, action, subject, details) ->
                            audit.add(
                                    actor
                                            + " "
                                            + action
                                            + " "
                                            + subject
                                            + " "
                                            + new TreeMap<>(details)),
                    clock,
                    work -> threads.execute(work));
    private final ConsoleSessions sessions =
            new ConsoleSessions(users, Duration.ofHours(12), clock);

    @AfterEach
    void close() {
        passwords.close();
    }

    private SignIns.Success signIn(String name, String password, @Nullable String device) {
        return result(
                signIns.byPassword(
                        new SignIns.Try(name, password, InetAddress.getLoopbackAddress(), device)));
    }

    /** Returns a result, or throws why there is none. */
    private static <T> T result(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private SignedIn signIn(String name) {
        return signIn(name, PASSWORD, null).user();
    }

    private Kind refusal(String name, String password) {
        return catchThrowableOfType(
                        SignInRefusedException.class, () -> signIn(name, password, null))
                .kind();
    }

    /** Whatever the audit does, the limits have counted the try. */
    @Test
    void aFailedTryIsCountedBeforeItIsAudited() {
        makeAnn();
        var left = new ArrayList<SignInLimits.LockOut>();
        var here = new SignInLimits.Origin(InetAddress.getLoopbackAddress(), null);
        var audited =
                new SignIns(
                        users,
                        passwords,
                        link,
                        (_, action, _, _) -> {
                            audit.add(action);
                            left.addAll(users.limits().failed("ann", here));
                        },
                        clock,
                        Runnable::run);
        var wrong = new SignIns.Try("ann", "wrong", InetAddress.getLoopbackAddress(), null);
        for (int i = 0; i < SignInLimits.TRIES_OF_PAIR; i++) {
            assertThatExceptionOfType(SignInRefusedException.class)
                    .isThrownBy(() -> result(audited.byPassword(wrong)));
        }
        assertThat(audit).endsWith("user.sign_in_failed", "user.lock_out");
        assertThat(left).as("lock-outs that were not counted yet").isEmpty();
    }

    private void makeAnn() {
        users.refresh();
        users.create("Ann", Role.ADMIN, PASSWORD);
    }

    @Test
    void aUserSignsInWithThePassword() {
        makeAnn();
        var ann = signIn(" ANN ");
        assertThat(ann.name()).isEqualTo("ann");
        assertThat(ann.role()).isEqualTo(Role.ADMIN);
        assertThat(sessions.holds(ann)).isTrue();
        assertThat(audit).containsExactly("127.0.0.1 user.sign_in ann {by=password}");
        assertThat(store.read().getFirst().lastSignIn()).isEqualTo(clock.instant());
        assertThat(users.users()).extracting(ConsoleUser::failedTries).containsExactly(0);
    }

    @Test
    void theHashIsArgon2idAndIsShownNowhere() {
        makeAnn();
        var hash = store.read().getFirst().hash();
        assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").doesNotContain(PASSWORD);
        assertThat(users.users().toString() + signIn("ann"))
                .doesNotContain(hash)
                .doesNotContain(PASSWORD);
        users.create("bob", Role.VIEWER, PASSWORD);
        assertThat(store.read()).extracting(ConsoleUser::hash).doesNotHaveDuplicates();
    }

    @Test
    void wrongPasswordsUnknownNamesAndDisabledUsersAreOneRefusal() {
        makeAnn();
        users.create("bob", Role.VIEWER, PASSWORD);
        users.change("bob", new Change(null, true, null));
        var messages = new ArrayList<String>();
        for (var name : List.of("ann", "bob", "secret typed as a name", "")) {
            var refusal =
                    catchThrowableOfType(
                            SignInRefusedException.class,
                            () -> signIn(name, "bob".equals(name) ? PASSWORD : "wrong", null));
            assertThat(refusal.kind()).isEqualTo(Kind.WRONG);
            messages.add(refusal.words());
        }
        assertThat(messages.stream().distinct()).hasSize(1);
        assertThat(audit)
                .contains(
                        "127.0.0.1 user.sign_in_failed ann {by=password}",
                        "127.0.0.1 user.sign_in_failed unknown {by=password}")
                .noneMatch(line -> line.contains("secret") || line.contains("wrong"));
        assertThat(users.user("ann").orElseThrow().failedTries()).isEqualTo(1);
    }

    @Test
    void guessesAreLockedOutAndTheRightPasswordWithThem() {
        makeAnn();
        for (int i = 0; i < SignInLimits.TRIES_OF_PAIR; i++) {
            assertThat(refusal("ann", "guess " + i)).isEqualTo(Kind.WRONG);
            assertThat(refusal("nobody", "guess " + i)).isEqualTo(Kind.WRONG);
        }
        assertThat(refusal("ann", PASSWORD)).isEqualTo(Kind.LOCKED);
        assertThat(refusal("nobody", PASSWORD)).isEqualTo(Kind.LOCKED);
        assertThat(audit.stream().filter(line -> line.contains("user.lock_out")))
                .containsExactly(
                        "127.0.0.1 user.lock_out ann {locked=user_at_address, until=2026-01-02T03:05:05Z}",
                        "127.0.0.1 user.lock_out unknown {locked=user_at_address, until=2026-01-02T03:05:05Z}");
        clock.pass(SignInLimits.PAIR);
        assertThat(signIn("ann").name()).isEqualTo("ann");
    }

    private void assertEnds(String name, String password, Runnable change) {
        var user = signIn(name, password, null).user();
        var ended = new AtomicBoolean();
        var calls = sessions.access(user).ended().onEnd(() -> ended.set(true));
        assertThat(sessions.holds(user)).isTrue();
        assertThat(ended).isFalse();
        change.run();
        assertThat(sessions.holds(user)).isFalse();
        assertThat(ended).isTrue();
        calls.close();
    }

    @Test
    void aChangeOfPasswordRoleOrStateEndsTheSessionsAndTheirCalls() {
        makeAnn();
        users.create("bob", Role.OPERATOR, PASSWORD);
        assertEnds("bob", PASSWORD, () -> users.change("bob", new Change(Role.VIEWER, null, null)));
        assertEnds(
                "bob",
                PASSWORD,
                () -> users.change("bob", new Change(null, null, "a new one for bob")));
        assertEnds(
                "bob",
                "a new one for bob",
                () -> users.change("bob", new Change(null, true, null)));
        users.change("bob", new Change(null, false, null));
        assertEnds("bob", "a new one for bob", () -> users.delete("bob"));
        users.create("bob", Role.OPERATOR, PASSWORD);
        assertEnds(
                "bob",
                PASSWORD,
                () -> {
                    users.delete("bob");
                    users.create("bob", Role.OPERATOR, PASSWORD);
                });
        var ann = signIn("ann");
        users.change("ann", new Change(Role.ADMIN, false, null));
        assertThat(sessions.holds(ann)).as("a change of nothing").isTrue();
    }

    @Test
    void sessionsEndAfterTheirLifetimeAndWithASignOut() {
        makeAnn();
        var ann = signIn("ann");
        var ended = new AtomicBoolean();
        var calls = sessions.access(ann).ended().onEnd(() -> ended.set(true));
        signIns.signOut(ann, InetAddress.getLoopbackAddress());
        assertThat(ended).isTrue();
        calls.close();
        assertThat(audit).contains("user:ann user.sign_out ann {address=127.0.0.1}");
        var again = signIn("ann");
        clock.pass(Duration.ofHours(12).minusSeconds(1));
        assertThat(sessions.holds(again)).isTrue();
        clock.pass(Duration.ofSeconds(1));
        assertThat(sessions.holds(again)).isFalse();
    }

    @Test
    void rolesHaveTheScopesOfKeys() {
        makeAnn();
        users.create("olga", Role.OPERATOR, PASSWORD);
        users.create("vic", Role.VIEWER, PASSWORD);
        var admin = sessions.access(signIn("ann"));
        var operator = sessions.access(signIn("olga"));
        var viewer = sessions.access(signIn("vic"));
        assertThat(admin.has(Scope.ADMIN)).isTrue();
        assertThat(operator.has(Scope.ADMIN)).isFalse();
        assertThat(operator.has(Scope.INFERENCE)).isTrue();
        assertThat(operator.mayChange("sql")).isTrue();
        assertThat(viewer.mayUse("sql")).isTrue();
        assertThat(viewer.mayChange("sql")).isFalse();
        assertThat(viewer.has(Scope.INFERENCE)).isFalse();
        assertThat(operator.actor("10.0.0.1")).isEqualTo("user:olga");
        assertThat(List.of(admin, operator, viewer)).allMatch(Access::hasKey);
    }

    @Test
    void theLastAdministratorStays() {
        makeAnn();
        users.create("bob", Role.VIEWER, PASSWORD);
        for (var change :
                List.of(new Change(Role.OPERATOR, null, null), new Change(null, true, null))) {
            assertThatExceptionOfType(AccessChangeException.class)
                    .isThrownBy(() -> users.change("ann", change))
                    .withMessageContaining("last administrator");
        }
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> users.delete("ann"))
                .withMessageContaining("last administrator");
        users.change("bob", new Change(Role.ADMIN, null, null));
        users.delete("ann");
        assertThat(users.users()).extracting(ConsoleUser::name).containsExactly("bob");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-ann", "a b", "an\nn", "änn", "a/b", "<b>"})
    void namesAreOfFewCharacters(String name) {
        users.refresh();
        assertThat(
                        catchThrowableOfType(
                                        AccessChangeException.class,
                                        () -> users.create(name, Role.VIEWER, PASSWORD))
                                .field())
                .isEqualTo("name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "too short 1", "ann.the.first", " Ann.The.First"})
    void passwordsAreLongAndNotTheName(String password) {
        users.refresh();
        var refusal =
                catchThrowableOfType(
                        AccessChangeException.class,
                        () -> users.create("ann.the.first", Role.VIEWER, password));
        assertThat(refusal.field()).isEqualTo("password");
        assertThat(users.users()).isEmpty();
    }

    @Test
    void passwordsAreTheSameHoweverTheyAreTyped() {
        users.refresh();
        users.create("ann", Role.ADMIN, "Schlüsselbund ﬁ");
        assertThat(signIn("ann", "Schlu\u0308sselbund fi", null).user().name()).isEqualTo("ann");
        assertThat(refusal("ann", "x".repeat(1_000_000))).isEqualTo(Kind.WRONG);
        assertThat(refusal("ann", "")).isEqualTo(Kind.WRONG);
        assertThat(refusal("x".repeat(1_000_000), "")).isEqualTo(Kind.WRONG);
    }

    @Test
    void nobodySignsInBeforeTheUsersAreKnown() {
        assertThat(refusal("ann", PASSWORD)).isEqualTo(Kind.NOT_READY);
        assertThat(users.isEmpty()).as("not known yet").isFalse();
    }

    @Test
    void theDatabaseMayBeAwayWhenUsersSignIn() {
        makeAnn();
        store.away(true);
        assertThat(signIn("ann").name()).isEqualTo("ann");
        assertThat(refusal("ann", "wrong")).isEqualTo(Kind.WRONG);
        assertThatExceptionOfType(AccessUnavailableException.class)
                .isThrownBy(() -> users.create("bob", Role.VIEWER, PASSWORD));
        assertThat(users.user("bob")).isEmpty();
    }

    @Test
    void theLinkSignsInOnceWhileThereIsNoUser() {
        users.refresh();
        var first = link.issue();
        var token = link.issue();
        assertThat(link.isUsable(first)).as("a later one is there").isFalse();
        assertThat(link.isUsable("")).isFalse();
        assertThat(link.isUsable(token)).isTrue();
        assertThat(link.isUsable(token)).as("a look does not use it up").isTrue();
        var signedIn = byLink(token);
        assertThat(signedIn.way()).isEqualTo(Way.LINK);
        assertThat(signedIn.role()).isEqualTo(Role.ADMIN);
        assertThat(sessions.holds(signedIn)).isTrue();
        assertThatExceptionOfType(SignInRefusedException.class).isThrownBy(() -> byLink(token));

        var made = makeFirst(signedIn, "ann");
        assertThat(made.role()).isEqualTo(Role.ADMIN);
        assertThat(audit)
                .contains("user:sign-in-link user.create ann {address=127.0.0.1, role=admin}");
        assertThat(sessions.holds(signedIn)).as("there is a user").isFalse();
        assertThat(link.isUsable(link.issue())).isFalse();
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> makeFirst(signedIn, "eve"))
                .withMessageContaining("There are users already");
        assertThat(audit.toString()).doesNotContain(token);
        assertThat(link.toString()).doesNotContain(token);
    }

    @Test
    void aNameThatTheFirstUserCannotHaveIsRefusedInWords() {
        users.refresh();
        var signedIn = byLink(link.issue());
        for (var name : List.of("", "no name", "é", "x".repeat(65), "unknown")) {
            var made = signIns.makeFirst(signedIn, name, PASSWORD, null);
            assertThat(made)
                    .failsWithin(Duration.ofMinutes(1))
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(AccessChangeException.class)
                    .withMessageContaining("name");
        }
        assertThat(users.isEmpty()).isTrue();
    }

    @Test
    void aChangeThatIsCancelledBeforeItsTurnChecksNoPassword() {
        makeAnn();
        var busy = new CountDownLatch(1);
        var held = new CountDownLatch(1);
        var begun = new AtomicInteger();
        occupy(begun, busy);
        // All but one, so that the rest is checked in its order.
        for (int i = 1; i < Passwords.THREADS; i++) {
            occupy(begun, held);
        }
        await().atMost(Duration.ofMinutes(1)).until(() -> begun.get() == Passwords.THREADS);
        var wrong = new SignIns.Try("ann", "wrong", null, null);
        signIns.changePassword(wrong, "the next password").cancel(false);
        var behind = signIns.byPassword(new SignIns.Try("ann", PASSWORD, null, null));
        busy.countDown();
        assertThat(result(behind).user().name()).isEqualTo("ann");
        assertThat(audit).noneMatch(line -> line.contains("user.sign_in_failed"));
        held.countDown();
    }

    private ConsoleUser makeFirst(SignedIn by, String name) {
        return result(signIns.makeFirst(by, name, PASSWORD, InetAddress.getLoopbackAddress()));
    }

    private SignedIn byLink(String token) {
        return signIns.byLink(token, null);
    }

    @Test
    void theLinkEndsAfterAQuarterOfAnHour() {
        users.refresh();
        var token = link.issue();
        clock.pass(Duration.ofMinutes(15).minusSeconds(1));
        assertThat(link.isUsable(token)).isTrue();
        clock.pass(Duration.ofSeconds(1));
        assertThat(link.isUsable(token)).isFalse();
    }

    @Test
    void aUserCommandsThePasswordKnowingTheOldOne() {
        makeAnn();
        var wrong = new SignIns.Try("ann", "wrong", null, null);
        assertThatExceptionOfType(SignInRefusedException.class)
                .isThrownBy(() -> result(signIns.changePassword(wrong, "the next password")));
        var right = new SignIns.Try("ann", PASSWORD, null, null);
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> result(signIns.changePassword(right, "short")));
        var _ = result(signIns.changePassword(right, "the next password"));
        assertThat(refusal("ann", PASSWORD)).isEqualTo(Kind.WRONG);
        assertThat(signIn("ann", "the next password", null).user().name()).isEqualTo("ann");
        assertThat(audit).contains("user:ann user.password ann {address=an unknown host}");
    }

    @Test
    void aPasswordThatWasResetMeanwhileIsNotOverwritten() {
        makeAnn();
        var waiting = new CopyOnWriteArrayList<Runnable>();
        threads = waiting::add;
        var change =
                signIns.changePassword(
                        new SignIns.Try("ann", PASSWORD, null, null), "of the thief");
        await().atMost(Duration.ofMinutes(1)).until(() -> !waiting.isEmpty());
        users.change("ann", new Change(null, null, "by an administrator"));
        waiting.forEach(Runnable::run);
        assertThat(change)
                .failsWithin(Duration.ofMinutes(1))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(AccessChangeException.class)
                .withMessageContaining("was changed meanwhile");
        threads = Runnable::run;
        assertThat(signIn("ann", "by an administrator", null).user().name()).isEqualTo("ann");
        assertThat(audit).noneMatch(line -> line.contains("user.password"));
    }

    @Test
    void aStoreThatHangsKeepsNobodyFromSigningIn() throws Exception {
        makeAnn();
        var hung = new CountDownLatch(1);
        threads =
                work ->
                        Thread.startVirtualThread(() -> {
                            try {
                                hung.await();
                                work.run();
                            } catch (InterruptedException _) {
                                Thread.currentThread().interrupt();
                            }
                        });
        var changes =
                Stream.of("one", "two", "three")
                        .map(number ->
                                signIns.changePassword(
                                        new SignIns.Try("ann", PASSWORD, null, null),
                                        "the next password " + number))
                        .toList();
        assertThat(signIn("ann").name()).isEqualTo("ann");
        hung.countDown();
        assertThat(changes)
                .allSatisfy(change -> await().atMost(Duration.ofMinutes(1)).until(change::isDone));
    }

    @Test
    void aTryThatWasNotCheckedIsGivenBack() throws Exception {
        makeAnn();
        var busy = new CountDownLatch(1);
        var begun = new AtomicInteger();
        // First the threads, as a queue that is full has room again once a thread takes from it.
        for (int i = 0; i < Passwords.THREADS; i++) {
            occupy(begun, busy);
        }
        await().atMost(Duration.ofMinutes(1)).until(() -> begun.get() == Passwords.THREADS);
        // More than their queues take.
        for (int i = 0; i < 300; i++) {
            occupy(begun, busy);
        }
        for (int i = 0; i < 3 * SignInLimits.TRIES_OF_ADDRESS; i++) {
            assertThat(refusal("ann", PASSWORD)).isEqualTo(Kind.BUSY);
        }
        busy.countDown();
        await().atMost(Duration.ofMinutes(1))
                .ignoreExceptionsInstanceOf(SignInRefusedException.class)
                .until(() -> signIn("ann").name().equals("ann"));
    }

    /**
     * Takes a thread of the passwords, or a place in their queue if there is one, until the end.
     */
    private void occupy(AtomicInteger begun, CountDownLatch end) {
        var _ =
                passwords.run(() -> {
                    begun.incrementAndGet();
                    end.await();
                    return true;
                });
    }

    @Test
    void providersKnowTheSameNames() {
        var one = signIns.byProvider("company", "ann", Role.VIEWER, null);
        var other = signIns.byProvider("partner", "ann", Role.VIEWER, null);
        assertThat(one.actor()).isEqualTo("oidc:company/ann");
        assertThat(other.actor()).isEqualTo("oidc:partner/ann");
        assertThat(audit)
                .contains(
                        "an unknown host user.sign_in company/ann {by=oidc}",
                        "an unknown host user.sign_in partner/ann {by=oidc}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "Sign-In-Link"})
    void namesOfTheAuditAreReserved(String name) {
        users.refresh();
        assertThatExceptionOfType(AccessChangeException.class)
                .isThrownBy(() -> users.create(name, Role.VIEWER, PASSWORD))
                .withMessageContaining("for others than users");
    }

    @Test
    void changesOfOtherServersAreSeenAtTheNextRefresh() {
        makeAnn();
        var ann = signIn("ann");
        var other = new UserService(store, passwords, clock);
        other.refresh();
        other.change("ann", new Change(null, null, "changed elsewhere"));
        assertThat(sessions.holds(ann)).isTrue();
        users.refresh();
        assertThat(sessions.holds(ann)).isFalse();
        assertThat(signIn("ann", "changed elsewhere", null).user().name()).isEqualTo("ann");
    }
}
