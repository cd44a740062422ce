package org.dlora.catalogue.versions;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Distribution of an alias's requests over versions of an adapter. The choice of a version is a
 * pure function of a position in [0, 1), which is drawn for each call, or of the call's user.
 *
 * @param weights weight by version number, each at least 1; a version of weight 90 gets nine times
 *     the requests of one of weight 10
 * @param sticky whether calls of the same user get the same version
 */
public record AliasRoute(SortedMap<Integer, Integer> weights, boolean sticky) {
    /** Most versions of a route. */
    public static final int MAX_VERSIONS = 16;

    /** Largest weight of a version. */
    public static final int MAX_WEIGHT = 1_000_000;

    private static final double UNIT = 0x1p-52;

    /**
     * @throws IllegalArgumentException if there is no version, there are too many, or a weight is
     *     out of range; the message is a sentence without a full stop
     */
    public AliasRoute {
        if (weights.isEmpty() || weights.size() > MAX_VERSIONS) {
            throw new IllegalArgumentException(
                    "A route needs 1 to %d versions, given were %d"
                            .formatted(MAX_VERSIONS, weights.size()));
        }
        weights.forEach((version, weight) -> {
            if (version < 1 || weight < 1 || weight > MAX_WEIGHT) {
                throw new IllegalArgumentException(
                        "Version %d has weight %d: expected a version of at least 1 and a weight from 1 to %d"
                                .formatted(version, weight, MAX_WEIGHT));
            }
        });
        weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    }

    /** Returns the route that gives all requests to one version. */
    public static AliasRoute to(int version) {
        return new AliasRoute(new TreeMap<>(Map.of(version, 1)), false);
    }

    /** Returns the version of a call at {@code position}, which is at least 0 and below 1. */
    public int choose(double position) {
        long total = weights.values().stream().mapToLong(Integer::longValue).sum();
        long left = (long) (position * total);
        for (var entry : weights.entrySet()) {
            left -= entry.getValue();
            if (left < 0) {
                return entry.getKey();
            }
        }
        return weights.lastKey();
    }

    /**
     * Returns the version of a user's calls to an adapter, by weighted rendezvous hashing: each
     * version draws a number that depends on adapter, user and version alone, and the largest
     * {@code -weight / ln(number)} wins. So a change of one weight moves users to that version if
     * it grows and away from it if it shrinks, and no others. The result is the same in every
     * process.
     */
    public int choose(String adapter, String user) {
        int chosen = weights.firstKey();
        double best = 0;
        for (var entry : weights.entrySet()) {
            double number = number(adapter, user, entry.getKey());
            double score = -entry.getValue() / StrictMath.log(number);
            if (score > best) {
                best = score;
                chosen = entry.getKey();
            }
        }
        return chosen;
    }

    /** Returns a number above 0 and below 1. */
    private static double number(String adapter, String user, int version) {
        var digest = ContentDigest.sha256();
        digest.update(adapter.getBytes(UTF_8));
        digest.update((byte) 0);
        digest.update(user.getBytes(UTF_8));
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(version).array());
        return UNIT * ((ByteBuffer.wrap(digest.digest()).getLong() >>> 12) + 0.5);
    }

    /** Returns the version with most requests; the newest of those that have as many. */
    public int main() {
        int main = weights.lastKey();
        for (var entry : weights.entrySet()) {
            if (entry.getValue() > weights.getOrDefault(main, 0)) {
                main = entry.getKey();
            }
        }
        return main;
    }

    /** Returns whether all requests get one version. */
    public boolean isSingle() {
        return weights.size() == 1;
    }

    /** Returns the route with another version in the place of one. */
    AliasRoute replaced(int version, int by) {
        var changed = new TreeMap<>(weights);
        var weight = changed.remove(version);
        if (weight == null) {
            return this;
        }
        changed.merge(by, weight, (one, other) -> Math.min(MAX_WEIGHT, one + other));
        return new AliasRoute(changed, sticky);
    }
}
