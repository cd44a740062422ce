package org.dlora.device.cpu.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.dlora.device.cpu.natives.LargePages;
import org.jspecify.annotations.Nullable;

/**
 * Allocator of memory for matrices of {@value #FEWEST} bytes to 2 MB. It places them one right
 * after another in regions of large pages. Alone, each would get small pages, and a step of few
 * rows would spend much of its time on looking up addresses.
 *
 * <p>The pages that only a freed matrix had go back to the system at once. The region goes back
 * with its last matrix; what becomes free in it is not used again. Thread-safe.
 */
final class Regions {
    static final long REGION = 16L << 20;

    /** Less than a quarter of a large page gains nothing by it. */
    static final long FEWEST = 512 << 10;

    private @Nullable Region current;
    private int open;

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
     * region, or the system knows no large pages.
     */
    synchronized Optional<MemorySegment> allocate(long bytes, Arena arena) {
        if (bytes < FEWEST || bytes >= LargePages.PAGE) {
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
    private @Nullable Region open() {
        var arena = Arena.ofShared();
        try {
            var memory = LargePages.allocate(REGION, arena);
            if (memory.isPresent()) {
                open++;
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
                region.memory
                        .asSlice(region.used, bytes)
                        .reinterpret(arena, memory -> release(memory, region));
        region.used += size;
        region.pieces++;
        return piece;
    }

    private void release(MemorySegment piece, Region region) {
        // While the region still counts this piece, so that the pages are its own.
        LargePages.discard(piece);
        if (isLast(region)) {
            region.arena.close();
        }
    }

    private synchronized boolean isLast(Region region) {
        region.pieces--;
        if (region.pieces > 0) {
            return false;
        }
        if (current == region) {
            current = null;
        }
        open--;
        return true;
    }

    /** Regions that are not freed. */
    synchronized int count() {
        return open;
    }
}
