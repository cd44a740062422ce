package org.dlora.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.users.FakeUserStore;
import org.dlora.security.users.Passwords;
import org.dlora.security.users.Role;
import org.dlora.security.users.SignInLink;
import org.dlora.security.users.SignInRefusedException;
import org.dlora.security.users.SignIns;
import org.dlora.security.users.UserService;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Sign-ins while the audit of changes waits for a database that hangs. */
class SignInAuditTest {
    private static final String PASSWORD = "correct horse battery";

    @Test
    void aDatabaseThatHangsKeepsNobodyFromSigningIn() {
        var hung = new CountDownLatch(1);
        var noted = new CopyOnWriteArrayList<String>();
        var events = new ClusterEvents(Clock.systemUTC());
        events.keep((_, _) -> await(hung), (_, entry) -> noted.add(entry.action()));
        try (var passwords = new Passwords()) {
            var clock = Clock.systemUTC();
            var users = new UserService(new FakeUserStore(), passwords, clock);
            users.refresh();
            users.create("ann", Role.ADMIN, PASSWORD);
            var signIns =
                    new SignIns(
                            users,
                            passwords,
                            new SignInLink(users, clock),
                            new UserConfiguration().accessAudit(events),
                            clock,
                            Runnable::run);
            // One wrong password for each thread that checks them.
            for (var wrong : List.of("wrong", "wrong too")) {
                var refusal =
                        catchThrowableOfType(
                                SignInRefusedException.class, () -> signIn(signIns, wrong));
                assertThat(refusal.kind()).isEqualTo(SignInRefusedException.Kind.WRONG);
            }
            assertThat(signIn(signIns, PASSWORD).user().name()).isEqualTo("ann");
            assertThat(noted)
                    .containsExactly("user.sign_in_failed", "user.sign_in_failed", "user.sign_in");
        } finally {
            hung.countDown();
        }
    }

    private static SignIns.Success signIn(SignIns signIns, String password) {
        return Mono.fromFuture(
                        signIns.byPassword(
                                new SignIns.Try(
                                        "ann", password, InetAddress.getLoopbackAddress(), null)))
                .blockOptional(Duration.ofMinutes(1))
                .orElseThrow();
    }

    private static void await(CountDownLatch hung) {
        try {
            assertThat(hung.await(5, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
