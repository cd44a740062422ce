package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.dlora.scheduling.residency.KvTarget.Cause;

/**
 * The KV caches of a memory in a plan that is being made: the blocks that they can give up. Free
 * blocks go first, as they cost nothing; then cached prefixes, by value; then blocks that sequences
 * hold, as these end. No cache falls below its least.
 *
 * <p>A cache rests after each change of its size: for {@code kvRest} it gives up nothing, unless
 * for an overdue request. So adapters and KV do not take the same bytes from one another all the
 * time.
 */
final class KvDraft {
    private static final double MB = 1 << 20;

    private final List<Part> parts = new ArrayList<>();

    /** Draft of one cache. */
    private static final class Part {
        private final KvStanding kv;
        private final boolean rests;
        private int free;
        private int cached;
        private int held;
        private int given;
        private Cause cause = Cause.FREE_BLOCKS;
        private String why = "";

        Part(KvStanding kv, boolean rests) {
            this.kv = kv;
            this.rests = rests;
            int room = Math.max(0, kv.blocks() - kv.least());
            free = Math.min(Math.max(0, kv.free()), room);
            cached = Math.min(kv.cached(), room - free);
            held = room - free - cached;
        }

        /** Returns whether it can give blocks to what no request waits for. */
        boolean isAmple() {
            return !rests && !kv.isShort();
        }

        int blocksFor(long bytes) {
            return (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(bytes, kv.blockBytes()));
        }

        long bytes(int blocks) {
            return blocks * kv.blockBytes();
        }
    }

    KvDraft(ResidencySnapshot snapshot) {
        snapshot.kv().stream()
                .sorted(
                        Comparator.comparingDouble(KvStanding::cachedValue)
                                .thenComparing(KvStanding::replica))
                .forEach(kv ->
                        parts.add(
                                new Part(
                                        kv,
                                        snapshot.now()
                                                < kv.since() + snapshot.settings().kvRest())));
    }

    /** Returns the bytes that can come back at once. */
    long bytes(boolean overdue) {
        return parts.stream()
                .filter(part -> overdue || !part.rests)
                .mapToLong(part -> part.bytes(part.free + part.cached))
                .sum();
    }

    /** Returns the bytes of free blocks. */
    long freeBytes(boolean overdue) {
        return parts.stream()
                .filter(part -> overdue || !part.rests)
                .mapToLong(part -> part.bytes(part.free))
                .sum();
    }

    /** Returns the bytes of cached prefixes of less value. */
    long cachedBelow(double value, boolean overdue) {
        return parts.stream()
                .filter(part -> overdue || !part.rests)
                .filter(part -> part.kv.cachedValue() < value)
                .mapToLong(part -> part.bytes(part.cached))
                .sum();
    }

    /** Returns the bytes of free blocks, and of cached prefixes of less value, for no load. */
    long bytesBelow(double value) {
        return parts.stream()
                .filter(Part::isAmple)
                .mapToLong(part ->
                        part.bytes(part.free + (part.kv.cachedValue() < value ? part.cached : 0)))
                .sum();
    }

    /** Takes free blocks, and cached prefixes of less value, for {@code need} bytes. */
    long takeBelow(double value, long need, String winner) {
        long taken = 0;
        for (var part : parts) {
            if (taken < need && part.isAmple()) {
                taken += takeFree(part, need - taken, true, winner);
            }
        }
        for (var part : parts) {
            if (taken < need && part.isAmple() && part.kv.cachedValue() < value) {
                taken += takeCached(part, need - taken, true, winner);
            }
        }
        return taken;
    }

    /** Returns the bytes that come back as sequences end. */
    long heldBytes() {
        return parts.stream().mapToLong(part -> part.bytes(part.held)).sum();
    }

    /**
     * Takes what costs less than adapters do.
     *
     * @param need bytes that are missing, which adapters and this have together
     * @param idle adapters that can give up the rest
     * @param isKept whether the caches really give it up
     * @return bytes that were taken
     */
    long take(long need, EvictionPool idle, boolean overdue, boolean isKept, String winner) {
        long taken = 0;
        for (var part : parts) {
            if (taken < need && (overdue || !part.rests)) {
                taken += takeFree(part, need - taken, isKept, winner);
            }
        }
        for (var part : parts) {
            // Prefixes go where the adapters of less value do not suffice.
            long missing = need - taken - idle.bytesBelow(part.kv.cachedValue());
            if (missing > 0 && (overdue || !part.rests)) {
                taken += takeCached(part, missing, isKept, winner);
            }
        }
        return taken;
    }

    private static long takeFree(Part part, long need, boolean isKept, String winner) {
        int blocks = Math.min(part.free, part.blocksFor(need));
        part.free -= blocks;
        give(part, blocks, isKept, Cause.FREE_BLOCKS, "free blocks", winner);
        return part.bytes(blocks);
    }

    private static long takeCached(Part part, long need, boolean isKept, String winner) {
        int blocks = Math.min(part.cached, part.blocksFor(need));
        part.cached -= blocks;
        give(part, blocks, isKept, Cause.CACHED_PREFIXES, cachedWords(part.kv), winner);
        return part.bytes(blocks);
    }

    private static String cachedWords(KvStanding kv) {
        return String.format(
                Locale.ROOT,
                "cached prefixes, which save %.2g s for each request in %.1f MB",
                kv.cachedWorth(),
                kv.cached() * kv.blockBytes() / MB);
    }

    /** Takes blocks that sequences hold, once these end; returns the bytes. */
    long drain(long need, String winner) {
        long taken = 0;
        for (var part : parts) {
            if (taken < need) {
                int blocks = Math.min(part.held, part.blocksFor(need - taken));
                part.held -= blocks;
                taken += part.bytes(blocks);
                give(
                        part,
                        blocks,
                        true,
                        Cause.HELD_BLOCKS,
                        "blocks of sequences, as these end",
                        winner);
            }
        }
        return taken;
    }

    private static void give(
            Part part, int blocks, boolean isKept, Cause cause, String what, String winner) {
        if (blocks > 0 && isKept) {
            part.given += blocks;
            part.cause = cause.compareTo(part.cause) > 0 ? cause : part.cause;
            part.why +=
                    "%s%d %s for %s"
                            .formatted(
                                    part.why.isEmpty() ? "gives up " : ", ", blocks, what, winner);
        }
    }

    void clear() {
        for (var part : parts) {
            part.free = 0;
            part.cached = 0;
            part.held = 0;
        }
    }

    /** Returns whether the cache of {@code replica} gives something up. */
    boolean gives(String replica) {
        return parts.stream().anyMatch(part -> part.kv.replica().equals(replica) && part.given > 0);
    }

    /** Returns the decisions, for caches that give something up. */
    List<KvTarget> targets() {
        return parts.stream()
                .filter(part -> part.given > 0)
                .map(part ->
                        new KvTarget(
                                part.kv.replica(),
                                part.kv.blocks() - part.given,
                                part.cause,
                                part.why))
                .toList();
    }
}
