package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The copies of merged weights of a memory in a plan that is being made. Idle copies of a replica
 * go as a whole, where adapters and cached prefixes of less value do not suffice. Copies in effect
 * are pinned, but for an overdue request that nothing else makes room for: they go last, and the
 * replica runs unmerged.
 *
 * <p>Copies are fresh for the time of their build after they came into effect. Fresh ones go only
 * for overdue requests.
 */
final class CopyDraft {
    private static final double MB = 1 << 20;

    private final List<Part> parts = new ArrayList<>();

    /** The copies of one replica. */
    private static final class Part {
        private final CopyStanding copies;
        private final boolean isFresh;
        private long idle;
        private long used;
        private String why = "";
        private boolean all;

        Part(CopyStanding copies, double now) {
            this.copies = copies;
            isFresh = now < settledAt(copies);
            idle = copies.idleBytes();
            used = copies.usedBytes();
        }

        boolean isIdle(boolean overdue) {
            return idle > 0 && (overdue || !isFresh);
        }
    }

    CopyDraft(ResidencySnapshot snapshot) {
        snapshot.copies().stream()
                .sorted(
                        Comparator.comparingDouble(CopyStanding::idleValue)
                                .thenComparing(CopyStanding::replica))
                .forEach(copies -> parts.add(new Part(copies, snapshot.now())));
    }

    static double settledAt(CopyStanding copies) {
        return copies.since() + copies.rebuildSeconds();
    }

    /** Returns the bytes of idle copies. */
    long bytes(boolean overdue) {
        return parts.stream()
                .filter(part -> part.isIdle(overdue))
                .mapToLong(part -> part.idle)
                .sum();
    }

    /** Returns the bytes of copies in effect or being built. */
    long usedBytes() {
        return parts.stream().mapToLong(part -> part.used).sum();
    }

    /**
     * Takes idle copies where adapters and cached prefixes of less value do not suffice.
     *
     * @param need bytes that are missing beside free KV blocks
     * @param isKept whether the replicas really give them back
     * @return bytes that were taken, which may be more than {@code need}
     */
    long take(
            long need,
            EvictionPool idle,
            KvDraft kv,
            boolean overdue,
            boolean isKept,
            String winner) {
        long taken = 0;
        for (var part : parts) {
            double value = part.copies.idleValue();
            long cheaper = idle.bytesBelow(value) + kv.cachedBelow(value, overdue);
            if (part.isIdle(overdue) && need - taken > cheaper) {
                taken += take(part, isKept, winner);
            }
        }
        return taken;
    }

    /** Returns the bytes of settled idle copies of less value, without those of {@code replica}. */
    long bytesBelow(double value, String replica) {
        return parts.stream()
                .filter(part -> isBelow(part, value, replica))
                .mapToLong(part -> part.idle)
                .sum();
    }

    /** Takes settled idle copies of less value until {@code need} bytes are there; returns them. */
    long takeBelow(double value, long need, String replica, String winner) {
        long taken = 0;
        for (var part : parts) {
            if (taken < need && isBelow(part, value, replica)) {
                taken += take(part, true, winner);
            }
        }
        return taken;
    }

    private static boolean isBelow(Part part, double value, String replica) {
        return part.isIdle(false)
                && part.copies.idleValue() < value
                && !part.copies.replica().equals(replica);
    }

    private static long take(Part part, boolean isKept, String winner) {
        long bytes = part.idle;
        part.idle = 0;
        if (isKept && !part.all) {
            part.why =
                    String.format(
                            Locale.ROOT,
                            "gives back %.1f MB of kept copies for %s: demand %.2g, %.2f s to build them",
                            bytes / MB,
                            winner,
                            part.copies.demand(),
                            part.copies.rebuildSeconds());
        }
        return bytes;
    }

    /** Takes copies in effect until {@code need} bytes are there; returns their bytes. */
    long unmerge(long need, String winner) {
        long taken = 0;
        for (var part : parts) {
            if (taken < need && part.used > 0) {
                taken += part.used;
                part.why =
                        String.format(
                                Locale.ROOT,
                                "runs unmerged and gives back %.1f MB for %s: nothing else suffices",
                                (part.used + part.copies.idleBytes()) / MB,
                                winner);
                part.used = 0;
                part.all = true;
            }
        }
        return taken;
    }

    void clear() {
        for (var part : parts) {
            part.idle = 0;
            part.used = 0;
        }
    }

    /** Returns the decisions, for replicas that give copies back. */
    List<CopyTarget> targets() {
        return parts.stream()
                .filter(part -> !part.why.isEmpty())
                .map(part -> new CopyTarget(part.copies.replica(), part.all, part.why))
                .toList();
    }
}
