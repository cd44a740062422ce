package org.dlora.device.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Matrices of about the size of a large page, one right after another in regions of such pages: by
 * itself each would get small pages, in which a step of few rows spends much of its time on looking
 * up addresses. A region is freed with the last of its matrices; what others leave free in it is
 * not used again. Thread-safe.
 */
final class Regions {
    /** So much may stay taken for a single matrix that is left. */
    static final long REGION = 16L << 20;

    /** A quarter of a large page: what is smaller comes and goes with adapters. */
    static final long FEWEST = 512 << 10;

    private @Nullable Region current;

    private static final class Region {
        private final Arena arena;
        private final MemorySegment memory;
        private long used;
        private int pieces;

        Region(Arena arena, MemorySegment memory) {
            this.arena = arena;
            this.memory = memory;
        }

        boolean holds(long bytes) {
            return used + bytes <= memory.byteSize();
        }
    }

    /**
     * Zeroed memory on a cache line, freed with {@code arena}; empty if the size is none for a
     * region, or the system has no large pages.
     */
    synchronized Optional<MemorySegment> allocate(long bytes, Arena arena) {
        if (bytes < FEWEST || bytes > REGION) {
            return Optional.empty();
        }
        long size = Math.ceilDiv(bytes, Memory.CACHE_LINE) * Memory.CACHE_LINE;
        var region = current;
        if (region == null || !region.holds(size)) {
            region = open();
            current = region;
        }
        return region == null ? Optional.empty() : Optional.of(piece(region, bytes, size, arena));
    }

    @SuppressWarnings("MustBeClosedChecker") // The region owns the arena.
    private static @Nullable Region open() {
        var arena = Arena.ofShared();
        try {
            var memory = LargePages.allocate(REGION, arena);
            if (memory.isPresent()) {
                return new Region(arena, memory.get());
            }
        } catch (OutOfMemoryError | RuntimeException e) {
            arena.close();
            throw e;
        }
        arena.close();
        return null;
    }

    @SuppressWarnings("restricted")
    private MemorySegment piece(Region region, long bytes, long size, Arena arena) {
        var piece =
                region.memory.asSlice(region.used, bytes).reinterpret(arena, _ -> release(region));
        region.used += size;
        region.pieces++;
        return piece;
    }

    private synchronized void release(Region region) {
        region.pieces--;
        if (region.pieces == 0) {
            if (current == region) {
                current = null;
            }
            region.arena.close();
        }
    }
}
