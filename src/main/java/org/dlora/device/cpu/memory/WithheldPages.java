package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.natives.LargePages;

/**
 * The pages of a KV cache that are given back to the system, because all blocks in them are
 * withheld. Without large pages a block goes back alone if its bytes in a layer are a multiple of a
 * page; a smaller block goes back with its neighbours.
 *
 * <p>While pages are given back the cache has ordinary pages alone. Linux would otherwise fill the
 * gaps up when it collects pages to large ones. One thread changes it; any thread may ask for the
 * bytes.
 */
final class WithheldPages {
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
    private volatile long bytes;

    /**
     * Touches all of {@code memory}, so that it is there.
     *
     * @param memory of the cache, {@code [layer][block]}
     */
    WithheldPages(MemorySegment memory, KvLayout layout) {
        this.memory = memory;
        layers = layout.layers();
        blocks = layout.blocks();
        unit = layout.bytesPerBlock() / layers;
        page = Math.max(1, LargePages.pageBytes());
        skew = Math.ceilDiv(memory.address(), page) * page - memory.address();
        pages = areKnown() ? (int) Math.max(0, (memory.byteSize() - skew) / page) : 0;
        touch(memory);
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
        if (given.isEmpty() && !back.isEmpty()) {
            LargePages.allow(memory, false);
        }
        forEachRun(back, LargePages::discard);
        given.or(back);
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
        forEachRun(back, this::touch);
        given.andNot(back);
        if (given.isEmpty()) {
            LargePages.allow(memory, true);
        }
        return -count();
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
