package org.dlora.device.cpu.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.dlora.device.cpu.natives.LargePages;
import org.jspecify.annotations.Nullable;

/**
 * Allocator of memory for weights. It places them one right after another in regions of large
 * pages. Alone, each would end in small pages, or have no others, and steps would spend much of
 * their time on looking up addresses.
 *
 * <p>A region goes back to the system with the last piece of it; what becomes free in it is not
 * used again. Thread-safe.
 */
final class Regions {
    static final long REGION = 64L << 20;

    /** Less than a quarter of a large page gains nothing by it. */
    static final long FEWEST = 512 << 10;

    /** A matrix of this size or more has at most an eighth of itself in small pages. */
    static final long MOST = 8 * LargePages.PAGE;

    private final long regionBytes;
    private final LongPredicate takes;
    private final boolean isShared;
    private @Nullable Region current;
    private int open;
    private int more;

    private Regions(long regionBytes, LongPredicate takes, boolean isShared) {
        this.regionBytes = regionBytes;
        this.takes = takes;
        this.isShared = isShared;
        this.more = isShared ? Integer.MAX_VALUE : 1;
    }

    /**
     * Creates an allocator for matrices of {@value #FEWEST} to {@value #MOST} bytes that come and
     * go on their own, but for those that fill large pages alone. The pages that only a freed
     * matrix had go back to the system at once.
     */
    static Regions shared() {
        return new Regions(
                REGION,
                bytes -> bytes >= FEWEST && bytes < MOST && bytes % LargePages.PAGE > 0,
                /* isShared= */ true);
    }

    /**
     * Creates an allocator for {@code bytes} of weights that come and go together. They have one
     * region. Among many small pieces of other owners, the memory of freed ones would stay with the
     * process.
     */
    static Regions together(long bytes) {
        return new Regions(bytes, any -> true, /* isShared= */ false);
    }

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
     * region, it does not fit, or the system knows no large pages.
     */
    synchronized Optional<MemorySegment> allocate(long bytes, Arena arena) {
        if (!takes.test(bytes)) {
            return Optional.empty();
        }
        long size = Math.ceilDiv(bytes, Memory.CACHE_LINE) * Memory.CACHE_LINE;
        var region = current;
        if (region == null || !region.holds(bytes)) {
            region = bytes <= regionBytes && more > 0 ? open() : null;
            current = region == null ? current : region;
        }
        return region == null ? Optional.empty() : Optional.of(piece(region, bytes, size, arena));
    }

    @SuppressWarnings("MustBeClosedChecker") // The region owns the arena.
    private @Nullable Region open() {
        var arena = Arena.ofShared();
        try {
            var memory = LargePages.exactly(regionBytes, arena);
            if (memory.isPresent()) {
                open++;
                more--;
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
        if (isShared) {
            // While the region still counts this piece, so that the pages are its own.
            LargePages.discard(piece);
        }
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
