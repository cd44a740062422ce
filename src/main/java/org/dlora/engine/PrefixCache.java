package org.dlora.engine;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import org.dlora.device.KvLayout;
import org.dlora.engine.CachedBlock.Content;
import org.jspecify.annotations.Nullable;

/**
 * Which KV blocks hold what, so that a sequence can begin where another one's tokens were the same
 * (vLLM, "Automatic prefix caching"; RadixAttention, Zheng et al. 2024), and which of them nobody
 * holds.
 *
 * <p>Whoever holds a block holds all blocks before it, and gives them back from the last to the
 * first. So of the idle ones the least recently used is never one that another follows, and
 * evicting it leaves no block that cannot be found.
 */
final class PrefixCache {
    private final Map<Content, CachedBlock> byContent = new HashMap<>();
    private final SequencedSet<CachedBlock> idle = new LinkedHashSet<>();

    @Nullable CachedBlock find(Content content) {
        return byContent.get(content);
    }

    /**
     * The last block of the longest cached beginning of {@code tokens}.
     *
     * @param maxBlocks it may have
     * @param known an earlier answer for the same sequence, which shortens the search
     */
    @Nullable CachedBlock longest(
            @Nullable String adapter, TokenIds tokens, int maxBlocks, @Nullable CachedBlock known) {
        var last = known;
        while (last != null && !contains(last)) {
            last = last.parent();
        }
        for (int i = CachedBlock.depth(last); i < maxBlocks; i++) {
            var next = find(content(adapter, last, tokens));
            if (next == null) {
                break;
            }
            last = next;
        }
        return last;
    }

    /** What the block after {@code last} of a sequence with {@code tokens} holds. */
    static Content content(@Nullable String adapter, @Nullable CachedBlock last, TokenIds tokens) {
        int from = CachedBlock.depth(last) * KvLayout.BLOCK_TOKENS;
        return Content.of(adapter, last, tokens.range(from, KvLayout.BLOCK_TOKENS));
    }

    boolean contains(CachedBlock block) {
        return byContent.get(block.content()) == block;
    }

    void add(CachedBlock block) {
        byContent.put(block.content(), block);
    }

    /** Blocks that nobody holds. */
    int idle() {
        return idle.size();
    }

    boolean isIdle(CachedBlock block) {
        return idle.contains(block);
    }

    /** Nobody holds {@code block} any more; it is the most recently used one. */
    void rest(CachedBlock block) {
        idle.add(block);
    }

    /** Somebody holds {@code block} again. */
    void wake(CachedBlock block) {
        idle.remove(block);
    }

    /** Forgets and returns the least recently used idle block. */
    CachedBlock evict() {
        var oldest = idle.removeFirst();
        byContent.remove(oldest.content());
        return oldest;
    }

    /** Forgets and returns the idle blocks of an adapter's content; nobody may hold one of it. */
    List<CachedBlock> evictAll(String adapter) {
        var evicted = idle.stream().filter(b -> adapter.equals(b.content().adapter())).toList();
        for (var block : evicted) {
            idle.remove(block);
            byContent.remove(block.content());
        }
        return evicted;
    }

    /**
     * Checks that every block can be found from its sequence's beginning on.
     *
     * @throws IllegalStateException if one cannot
     */
    void verify() {
        for (var block : byContent.values()) {
            var parent = block.parent();
            Invariant.require(
                    parent == null || contains(parent),
                    () -> "cached block " + block.number() + " cannot be found");
            Invariant.require(
                    parent == null
                            || Objects.equals(
                                    parent.content().adapter(), block.content().adapter()),
                    () -> "cached block " + block.number() + " follows another adapter's");
        }
    }
}
