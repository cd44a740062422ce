package org.dlora.security.users;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.dlora.security.users.SignInLimits.LockOut;
import org.dlora.security.users.SignInLimits.Locked;
import org.dlora.security.users.SignInLimits.Origin;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests of the number of guesses at passwords. */
class SignInLimitsTest {
    private final AdjustableClock clock =
            new AdjustableClock(Instant.parse("2026-01-02T03:04:05Z"));
    private final SignInLimits limits = new SignInLimits(clock);

    private static Origin from(String address, @Nullable String device)
            throws UnknownHostException {
        return new Origin(InetAddress.getByName(address), device);
    }

    private static Origin from(String address) throws UnknownHostException {
        return from(address, null);
    }

    private int guesses(String user, Origin origin, int wanted) {
        int taken = 0;
        while (taken < wanted && limits.take(user, origin).isEmpty()) {
            taken++;
        }
        return taken;
    }

    @Test
    void aUserAtAnAddressHasFiveTriesAndOneMoreAMinute() throws Exception {
        assertThat(guesses("ann", from("10.0.0.1"), 99)).isEqualTo(5);
        assertThat(limits.take("ann", from("10.0.0.1"))).hasValue(Duration.ofMinutes(1));
        assertThat(guesses("ann", from("10.0.0.2"), 1)).isEqualTo(1);
        assertThat(guesses("bob", from("10.0.0.1"), 1)).isEqualTo(1);
        clock.pass(Duration.ofMinutes(1));
        assertThat(guesses("ann", from("10.0.0.1"), 99)).isEqualTo(1);
    }

    @Test
    void anAddressHasTwentyTriesForAllNames() throws Exception {
        int tries = 0;
        for (int i = 0; i < 50; i++) {
            tries += guesses("user" + i, from("10.0.0.1"), 1);
        }
        assertThat(tries).isEqualTo(20);
        clock.pass(Duration.ofSeconds(30));
        assertThat(guesses("another", from("10.0.0.1"), 99)).isEqualTo(1);
    }

    @Test
    void aSubscriberOfIpv6IsOneAddress() throws Exception {
        assertThat(guesses("ann", from("2001:db8:0:1::1"), 99)).isEqualTo(5);
        assertThat(guesses("ann", from("2001:db8:0:1::2"), 99)).isZero();
        assertThat(guesses("ann", from("2001:db8:0:2::1"), 1)).isEqualTo(1);
    }

    @Test
    void aUserHasAHundredTriesFromAllAddresses() throws Exception {
        int tries = 0;
        for (int i = 0; i < 250; i++) {
            tries += guesses("ann", from("10.0.1." + i), 1);
        }
        assertThat(tries).isEqualTo(100);
        assertThat(guesses("ann", from("10.0.2.1"), 1)).isZero();
        clock.pass(Duration.ofSeconds(10));
        assertThat(guesses("ann", from("10.0.2.1"), 99)).isEqualTo(1);
    }

    @Test
    void nobodyLocksAUserOutOfTheUsersOwnBrowser() throws Exception {
        assertThat(limits.take("ann", from("10.0.0.1"))).isEmpty();
        limits.succeeded("ann", from("10.0.0.1"), "cookie");
        for (int i = 0; i < 250; i++) {
            guesses("ann", from("10.0.1." + i), 1);
        }
        assertThat(guesses("ann", from("10.0.0.1"), 1)).isZero();
        assertThat(guesses("ann", from("10.0.9.9", "cookie"), 99)).isEqualTo(5);
        assertThat(guesses("bob", from("10.0.1.1", "cookie"), 1)).isEqualTo(1);
        assertThat(guesses("ann", from("10.0.0.1", "guessed"), 1)).isZero();
    }

    @Test
    void rightPasswordsTakeNoTries() throws Exception {
        for (int i = 0; i < 100; i++) {
            assertThat(limits.take("ann", from("10.0.0.1"))).isEmpty();
            limits.succeeded("ann", from("10.0.0.1"), "cookie" + i);
        }
        assertThat(guesses("ann", from("10.0.0.1"), 99)).isEqualTo(5);
    }

    private List<LockOut> wrong(String user, Origin origin) {
        return limits.take(user, origin).isPresent() ? List.of() : limits.failed(user, origin);
    }

    @Test
    void eachLockOutIsReportedOnce() throws Exception {
        var told = new ArrayList<LockOut>();
        for (int i = 0; i < 30; i++) {
            told.addAll(wrong("user" + i / 10, from("10.0.0.1")));
        }
        var minute = clock.instant().plusSeconds(60);
        assertThat(told)
                .containsExactly(
                        new LockOut(Locked.USER_AT_ADDRESS, minute),
                        new LockOut(Locked.USER_AT_ADDRESS, minute),
                        new LockOut(Locked.USER_AT_ADDRESS, minute));
        told.clear();
        for (int i = 0; i < 30; i++) {
            told.addAll(wrong("another" + i, from("10.0.0.1")));
        }
        assertThat(told)
                .containsExactly(new LockOut(Locked.ADDRESS, clock.instant().plusSeconds(30)));
        told.clear();
        for (int i = 0; i < 250; i++) {
            told.addAll(wrong("ann", from("10.0.1." + i)));
        }
        assertThat(told).containsExactly(new LockOut(Locked.USER, clock.instant().plusSeconds(10)));
    }

    @Test
    void aBrowserThatIsKnownIsLockedOutOnItsOwn() throws Exception {
        limits.succeeded("ann", from("10.0.0.1"), "cookie");
        var told = new ArrayList<LockOut>();
        for (int i = 0; i < 10; i++) {
            told.addAll(wrong("ann", from("10.0.0.1", "cookie")));
        }
        assertThat(told)
                .containsExactly(new LockOut(Locked.BROWSER, clock.instant().plusSeconds(60)));
    }

    @Test
    void aNewPasswordEndsTheLockOut() throws Exception {
        guesses("ann", from("10.0.0.1"), 99);
        limits.reset("ann");
        assertThat(guesses("ann", from("10.0.0.1"), 99)).isEqualTo(5);
    }
}
