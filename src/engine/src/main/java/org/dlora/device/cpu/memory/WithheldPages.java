package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.dlora.device.KvLayout;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.natives.LargePages;

/**
 * The pages of a KV cache that the system has, because all blocks in them are withheld. Without
 * large pages a block goes back alone if its bytes in a layer are a multiple of a page; a smaller
 * block goes back with its neighbours.
 *
 * <p>The cache has large pages, but ordinary ones in each stretch of 2 MB that has a gap. Linux
 * would otherwise fill the gap up when it collects ordinary pages to a large one. One thread
 * changes it; any thread may ask for the bytes.
 */
final class WithheldPages {
    /** Bytes that a processor touches at once. */
    private static final long PIECE = 32L << 20;

    private final MemorySegment memory;
    private final int layers;
    private final int blocks;

    /** Bytes of a block in a layer. */
    private final long unit;

    private final long page;

    /** Bytes before the first whole page. */
    private final long skew;

    private final int pages;
    private final BitSet withheld = new BitSet();
    private final BitSet given = new BitSet();

    /** Stretches of 2 MB that have ordinary pages alone. */
    private final BitSet ordinary = new BitSet();

    private volatile long bytes;

    /**
     * Touches the blocks that are usable, so that they are there. The others are withheld.
     *
     * @param memory of the cache, {@code [layer][block]}, that nobody has written to
     * @param usable number of the usable blocks
     */
    WithheldPages(MemorySegment memory, KvLayout layout, int usable) {
        Arguments.check(
                usable >= 0 && usable <= layout.blocks(),
                () -> "%d usable KV blocks, of %d".formatted(usable, layout.blocks()));
        this.memory = memory;
        layers = layout.layers();
        blocks = layout.blocks();
        unit = layout.bytesPerBlock() / layers;
        page = Math.max(1, LargePages.pageBytes());
        skew = Math.ceilDiv(memory.address(), page) * page - memory.address();
        pages = areKnown() ? (int) Math.max(0, (memory.byteSize() - skew) / page) : 0;
        withhold(IntStream.range(usable, blocks).boxed().toList());
        touchTheRest();
    }

    private void touchTheRest() {
        if (given.isEmpty()) {
            touchWhole(memory);
            return;
        }
        var there = new BitSet();
        there.set(0, pages);
        there.andNot(given);
        forEachRun(there, this::touchWhole);
        touch(memory.asSlice(0, skew));
        touch(memory.asSlice(skew + pages * page));
    }

    /** Returns whether pages can be given back on this system. */
    static boolean areKnown() {
        return LargePages.pageBytes() > 0;
    }

    /** Returns the bytes that are given back. */
    long bytes() {
        return bytes;
    }

    /** Returns the most bytes of the pages that a block lies in. */
    long mostBytesPerBlock() {
        boolean isWhole = unit % page == 0 && skew % page == 0;
        return layers * page * (isWhole ? unit / page : (unit + 2 * page - 2) / page);
    }

    /** Withholds blocks; returns the bytes that were given back. */
    long withhold(List<Integer> more) {
        for (int block : more) {
            Arguments.index("cache block", block, blocks);
            Arguments.check(!withheld.get(block), () -> "KV block " + block + " is withheld");
        }
        more.forEach(withheld::set);
        var back = pagesOf(more);
        for (int i = back.nextSetBit(0); i >= 0; i = back.nextSetBit(i + 1)) {
            if (!isWithheld(i)) {
                back.clear(i);
            }
        }
        given.or(back);
        adviseLarge(back);
        forEachRun(back, LargePages::discard);
        return count();
    }

    /** Restores blocks; returns the bytes that came back. */
    long restore(List<Integer> some) {
        for (int block : some) {
            Arguments.index("cache block", block, blocks);
            Arguments.check(withheld.get(block), () -> "KV block " + block + " is not withheld");
        }
        some.forEach(withheld::clear);
        var back = pagesOf(some);
        back.and(given);
        given.andNot(back);
        adviseLarge(back);
        forEachRun(back, this::touch);
        return -count();
    }

    /** Allows large pages in the stretches of changed pages that have no gap, and only there. */
    private void adviseLarge(BitSet changed) {
        var some = new BitSet();
        for (int i = changed.nextSetBit(0); i >= 0; i = changed.nextSetBit(i + 1)) {
            some.set(stretch(skew + i * page), stretch(skew + (i + 1) * page - 1) + 1);
        }
        for (int from = some.nextSetBit(0); from >= 0; ) {
            boolean gap = hasGap(from);
            int to = from + 1;
            while (some.get(to) && hasGap(to) == gap) {
                to++;
            }
            if (ordinary.get(from, to).cardinality() != (gap ? to - from : 0)) {
                ordinary.set(from, to, gap);
                LargePages.allow(memory.asSlice(start(from), start(to) - start(from)), !gap);
            }
            from = some.nextSetBit(to);
        }
    }

    /** Returns the number of the stretch of 2 MB that the byte at {@code offset} lies in. */
    private int stretch(long offset) {
        return (int)
                ((memory.address() + offset) / LargePages.PAGE
                        - memory.address() / LargePages.PAGE);
    }

    /** Returns the offset at which a stretch begins in the memory. */
    private long start(int stretch) {
        long first = (memory.address() / LargePages.PAGE + stretch) * LargePages.PAGE;
        return Math.clamp(first - memory.address(), 0, memory.byteSize());
    }

    private boolean hasGap(int stretch) {
        long from = Math.max(0, Math.floorDiv(start(stretch) - skew, page));
        long to = Math.ceilDiv(start(stretch + 1) - skew, page);
        int next = given.nextSetBit((int) from);
        return next >= 0 && next < to;
    }

    /** Counts the bytes anew; returns how many more are given back. */
    private long count() {
        long before = bytes;
        bytes = page * given.cardinality();
        return bytes - before;
    }

    /** Returns the whole pages that have a part of one of these blocks. */
    private BitSet pagesOf(List<Integer> some) {
        var found = new BitSet();
        for (int block : some) {
            for (int layer = 0; layer < layers; layer++) {
                long first = ((long) layer * blocks + block) * unit - skew;
                long from = Math.max(0, Math.floorDiv(first, page));
                long to = Math.min(pages, Math.ceilDiv(first + unit, page));
                if (from < to) {
                    found.set((int) from, (int) to);
                }
            }
        }
        return found;
    }

    private boolean isWithheld(int index) {
        long first = skew + index * page;
        for (long i = first / unit; i * unit < first + page && i < (long) layers * blocks; i++) {
            if (!withheld.get((int) (i % blocks))) {
                return false;
            }
        }
        return true;
    }

    private void forEachRun(BitSet some, Consumer<MemorySegment> use) {
        for (int from = some.nextSetBit(0); from >= 0; ) {
            int to = some.nextClearBit(from);
            use.accept(memory.asSlice(skew + from * page, (to - from) * page));
            from = some.nextSetBit(to);
        }
    }

    /** Does {@link #touch} for all of a new cache, on all processors: Linux zeroes its pages. */
    private void touchWhole(MemorySegment some) {
        IntStream.range(0, Math.toIntExact(Math.ceilDiv(some.byteSize(), PIECE)))
                .parallel()
                .mapToObj(
                        i -> some.asSlice(i * PIECE, Math.min(PIECE, some.byteSize() - i * PIECE)))
                .forEach(this::touch);
    }

    /** Makes sure that all pages are there; nothing in them is needed. */
    private void touch(MemorySegment some) {
        if (LargePages.populate(some)) {
            return;
        }
        for (long at = 0; at < some.byteSize(); at += Math.max(page, 4096)) {
            some.set(JAVA_BYTE, at, (byte) 0);
        }
    }
}
