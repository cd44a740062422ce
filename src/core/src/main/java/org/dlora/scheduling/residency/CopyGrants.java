package org.dlora.scheduling.residency;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Rule that grants memory for copies of merged weights, and makes room for them.
 *
 * <p>A build gets free bytes that no adapter waits for. Where these do not suffice it is refused,
 * and later plans make room: free KV blocks, and cached prefixes, idle adapters and copies of other
 * replicas that are worth less than half of what the build is. The replica asks again then.
 *
 * <p>After a replica had to give copies back for others, it gets no more for {@code kvRest}. So
 * copies and adapters do not take the same bytes from one another all the time.
 */
public final class CopyGrants {
    /** Value of a build over that of what makes room for it. */
    private static final double MARGIN = 2;

    private static final double MB = 1 << 20;

    private CopyGrants() {}

    /**
     * Returns why a replica gets no memory now.
     *
     * @param bytes that it asks for
     * @param takenAt time at which it last had to give copies back, in seconds
     * @return a sentence without a full stop; empty if it gets them
     */
    public static Optional<String> refusal(ResidencySnapshot snapshot, long bytes, double takenAt) {
        double rest = snapshot.settings().kvRest();
        if (snapshot.now() < takenAt + rest) {
            return Optional.of(
                    String.format(
                            Locale.ROOT,
                            "adapters took the memory of its copies %.1f s ago, and it gets none for %.1f s",
                            snapshot.now() - takenAt,
                            rest));
        }
        long free = Math.max(0, snapshot.freeBytes() - waiting(snapshot));
        return bytes <= free
                ? Optional.empty()
                : Optional.of(
                        String.format(
                                Locale.ROOT,
                                "it needs %.1f MB, and %.1f MB are free that no adapter waits for",
                                bytes / MB,
                                free / MB));
    }

    /** Returns the bytes of the adapters that requests wait for. */
    private static long waiting(ResidencySnapshot snapshot) {
        return EvictionRule.bytes(LoadQueue.of(snapshot));
    }

    /**
     * Makes room for the builds that were refused.
     *
     * @param free bytes that no adapter waits for
     * @param evicted gets the adapters that go
     * @return the bytes that these builds take of {@code free}
     */
    static long makeRoom(
            ResidencySnapshot snapshot,
            long free,
            EvictionPool idle,
            KvDraft kv,
            CopyDraft copies,
            ResidencyReasons reasons,
            List<String> evicted) {
        long left = free;
        long leaving =
                snapshot.copies().stream().mapToLong(CopyStanding::leavingBytes).sum()
                        + snapshot.kv().stream()
                                .mapToLong(one -> one.leaving() * one.blockBytes())
                                .sum();
        for (var one : snapshot.copies()) {
            long bytes = one.want().bytes();
            if (bytes == 0) {
                continue;
            }
            long missing = bytes - Math.max(0, left) - leaving;
            double value = one.wantedValue() / MARGIN;
            var winner = "merged weights of %s".formatted(one.want().adapter());
            long most =
                    kv.bytesBelow(value)
                            + copies.bytesBelow(value, one.replica())
                            + idle.bytesBelow(value);
            if (missing > most) {
                continue;
            }
            if (missing > 0) {
                missing -= kv.takeBelow(value, missing, winner);
                missing -= copies.takeBelow(value, missing, one.replica(), winner);
                var victims = idle.takeBelow(value, missing);
                victims.forEach(victim -> {
                    evicted.add(victim.id());
                    reasons.evictsForCopies(victim, one);
                });
            }
            left -= bytes;
        }
        return free - left;
    }
}
