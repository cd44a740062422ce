package org.dlora.replica;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.dlora.replica.CachedBlock.Content;
import org.jspecify.annotations.Nullable;

/**
 * Index of the KV blocks whose content is known, and of those among them that no sequence holds. A
 * sequence begins with the blocks of another one whose first tokens were the same (vLLM, "Automatic
 * prefix caching"; RadixAttention, Zheng et al. 2024).
 *
 * <p>A sequence that holds a block holds all blocks before it, and gives them back from the last to
 * the first. So the least recently used idle block is never one that another block follows, and
 * every indexed block can be found from its sequence's beginning.
 *
 * <p>Blocks that merged weights have written are indexed apart from exact ones, because merging
 * rounds. Exact blocks follow exact blocks only.
 */
final class PrefixCache {
    private final Map<Content, CachedBlock> byContent = new HashMap<>();
    private final SequencedSet<CachedBlock> idle = new LinkedHashSet<>();
    private final PrefixHash hash;

    PrefixCache(PrefixHash hash) {
        this.hash = hash;
    }

    /**
     * Returns the last block of the longest cached beginning of {@code tokens}.
     *
     * @param maxBlocks most blocks that the beginning may have
     * @param exactOnly whether blocks that merged weights have written are left out
     * @param known an earlier answer for the same sequence, which shortens the search
     */
    @Nullable CachedBlock longest(
            String owner,
            TokenIds tokens,
            int maxBlocks,
            boolean exactOnly,
            @Nullable CachedBlock known) {
        var last = known;
        while (last != null && !contains(last)) {
            last = last.parent();
        }
        var merged = last != null && !last.isExact() ? last : null;
        while (last != null && !last.isExact()) {
            last = last.parent();
        }
        var exact = follow(owner, tokens, maxBlocks, last, true);
        if (exactOnly) {
            return exact;
        }
        // Chains of both kinds may part anywhere: one prefers exact blocks, the other merged ones.
        var exactFirst = follow(owner, tokens, maxBlocks, exact, false);
        var mergedFirst = follow(owner, tokens, maxBlocks, merged, false);
        return CachedBlock.depth(mergedFirst) > CachedBlock.depth(exactFirst)
                ? mergedFirst
                : exactFirst;
    }

    private @Nullable CachedBlock follow(
            String owner,
            TokenIds tokens,
            int maxBlocks,
            @Nullable CachedBlock from,
            boolean exact) {
        var last = from;
        while (CachedBlock.depth(last) < maxBlocks) {
            var next = find(owner, last, tokens, exact);
            if (next == null) {
                break;
            }
            last = next;
        }
        return last;
    }

    /** Returns the cached block after {@code last} of a sequence with {@code tokens}. */
    @Nullable CachedBlock find(
            String owner, @Nullable CachedBlock last, TokenIds tokens, boolean exact) {
        return exact && last != null && !last.isExact()
                ? null
                : byContent.get(content(owner, last, tokens, exact));
    }

    /** Returns the content of the block after {@code last} of a sequence with {@code tokens}. */
    Content content(String owner, @Nullable CachedBlock last, TokenIds tokens, boolean exact) {
        var own = tokens.range(CachedBlock.depth(last) * KvBlocks.TOKENS, KvBlocks.TOKENS);
        return new Content(owner, last, own, exact, hash.of(owner, last, own, exact));
    }

    boolean contains(CachedBlock block) {
        return byContent.get(block.content()) == block;
    }

    void add(CachedBlock block) {
        byContent.put(block.content(), block);
    }

    /** Returns the number of indexed blocks that no sequence holds. */
    int idle() {
        return idle.size();
    }

    boolean isIdle(CachedBlock block) {
        return idle.contains(block);
    }

    /** Notes that no sequence holds {@code block} any more; it is the most recently used one. */
    void rest(CachedBlock block) {
        idle.add(block);
    }

    /** Notes that a sequence holds {@code block} again. */
    void wake(CachedBlock block) {
        idle.remove(block);
    }

    /** Forgets and returns the least recently used idle block. */
    CachedBlock evict() {
        var oldest = idle.removeFirst();
        byContent.remove(oldest.content());
        return oldest;
    }

    /** Forgets and returns the idle blocks of an owner; no sequence may hold one of its blocks. */
    List<CachedBlock> evictAll(String owner) {
        var evicted = idle.stream().filter(b -> owner.equals(b.content().owner())).toList();
        for (var block : evicted) {
            idle.remove(block);
            byContent.remove(block.content());
        }
        return evicted;
    }

    /** Forgets and returns {@code blocks} and every block that follows one of them. */
    List<CachedBlock> drop(List<CachedBlock> blocks) {
        var dropped = new HashSet<>(blocks);
        for (int before = 0; before != dropped.size(); ) {
            before = dropped.size();
            byContent.values().stream()
                    .filter(b -> b.parent() != null && dropped.contains(b.parent()))
                    .forEach(dropped::add);
        }
        dropped.removeIf(block -> !contains(block));
        for (var block : dropped) {
            byContent.remove(block.content());
            idle.remove(block);
        }
        return new ArrayList<>(dropped);
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
                    parent == null || parent.content().owner().equals(block.content().owner()),
                    () -> "cached block " + block.number() + " follows another adapter's");
            Invariant.require(
                    parent == null || parent.isExact() || !block.isExact(),
                    () -> "exact block " + block.number() + " follows a merged one");
        }
    }
}
