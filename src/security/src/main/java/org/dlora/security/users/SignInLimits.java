package org.dlora.security.users;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lock-out of those who guess passwords. Tries are counted for a user at an address, for an
 * address, and for a user at all addresses; they come back with time. A browser that a user has
 * signed in with before is counted on its own (OWASP's device cookies), so that nobody else can
 * lock the user out of it. Names are counted whether users have them or not. Thread-safe.
 */
final class SignInLimits {
    static final int TRIES_OF_PAIR = 5;
    static final Duration PAIR = Duration.ofMinutes(1);
    static final int TRIES_OF_ADDRESS = 20;
    static final Duration ADDRESS = Duration.ofSeconds(30);
    static final int TRIES_OF_USER = 100;
    static final Duration USER = Duration.ofSeconds(10);
    private static final int NAMES = 20_000;
    private static final int DEVICES = 10_000;
    private static final int IPV6_PREFIX = 8;

    /** No name of a user or address has it. */
    private static final String BETWEEN = "\n";

    private final TryBuckets pairs;
    private final TryBuckets addresses;
    private final TryBuckets users;

    /** Users by the cookies of their browsers. */
    private final Map<String, String> devices =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
                    return size() > DEVICES;
                }
            };

    SignInLimits(InstantSource clock) {
        pairs = new TryBuckets(TRIES_OF_PAIR, PAIR, NAMES, clock);
        addresses = new TryBuckets(TRIES_OF_ADDRESS, ADDRESS, NAMES, clock);
        users = new TryBuckets(TRIES_OF_USER, USER, NAMES, clock);
    }

    /**
     * Origin of a try.
     *
     * @param address null if it is not known
     * @param device value of the browser's cookie, null if it has none
     */
    record Origin(@Nullable InetAddress address, @Nullable String device) {
        /** Returns the host, or the network of one subscriber with IPv6. */
        String network() {
            if (address == null) {
                return "";
            }
            var bytes = address.getAddress();
            return HexFormat.of()
                    .formatHex(
                            address instanceof Inet6Address
                                    ? Arrays.copyOf(bytes, IPV6_PREFIX)
                                    : bytes);
        }
    }

    /**
     * Takes a try before the password is checked, so that no more are checked at once either.
     *
     * @return the time until there is one; empty if it was taken
     */
    synchronized Optional<Duration> take(String user, Origin origin) {
        if (isKnown(user, origin)) {
            var name = pair(user, String.valueOf(origin.device));
            var wait = pairs.wait(name);
            if (wait.isEmpty()) {
                pairs.take(name);
            }
            return wait;
        }
        var pair = pair(user, origin.network());
        var wait =
                Stream.of(pairs.wait(pair), addresses.wait(origin.network()), users.wait(user))
                        .flatMap(Optional::stream)
                        .max(Duration::compareTo);
        if (wait.isEmpty()) {
            pairs.take(pair);
            addresses.take(origin.network());
            users.take(user);
        }
        return wait;
    }

    /** Subject that has no tries left. */
    enum Locked {
        USER_AT_ADDRESS,
        ADDRESS,
        USER,
        BROWSER
    }

    /**
     * A lock-out.
     *
     * @param until when the next try comes back
     */
    record LockOut(Locked locked, Instant until) {}

    /** Notes a wrong password; returns the lock-outs that begin with it. */
    synchronized List<LockOut> failed(String user, Origin origin) {
        if (isKnown(user, origin)) {
            return pairs.lockOut(pair(user, String.valueOf(origin.device)))
                    .map(until -> List.of(new LockOut(Locked.BROWSER, until)))
                    .orElse(List.of());
        }
        var begun = new ArrayList<LockOut>();
        pairs.lockOut(pair(user, origin.network()))
                .ifPresent(until -> begun.add(new LockOut(Locked.USER_AT_ADDRESS, until)));
        addresses
                .lockOut(origin.network())
                .ifPresent(until -> begun.add(new LockOut(Locked.ADDRESS, until)));
        users.lockOut(user).ifPresent(until -> begun.add(new LockOut(Locked.USER, until)));
        return begun;
    }

    /** Gives the tries of a right password back, and knows the browser from now on. */
    synchronized void succeeded(String user, Origin origin, String newDevice) {
        if (isKnown(user, origin)) {
            pairs.reset(pair(user, String.valueOf(origin.device)));
        } else {
            pairs.reset(pair(user, origin.network()));
            addresses.giveBack(origin.network());
            users.giveBack(user);
        }
        devices.put(newDevice, user);
    }

    /** Gives a try back for which no password was checked. */
    synchronized void giveBack(String user, Origin origin) {
        if (isKnown(user, origin)) {
            pairs.giveBack(pair(user, String.valueOf(origin.device)));
        } else {
            pairs.giveBack(pair(user, origin.network()));
            addresses.giveBack(origin.network());
            users.giveBack(user);
        }
    }

    /** Gives a user's tries back, and forgets the browsers. */
    synchronized void reset(String user) {
        users.reset(user);
        pairs.resetAll(user + BETWEEN);
        devices.values().removeIf(user::equals);
    }

    private boolean isKnown(String user, Origin origin) {
        return origin.device != null && user.equals(devices.get(origin.device));
    }

    private static String pair(String user, String where) {
        return user + BETWEEN + where;
    }
}
