package org.dlora.replica.kv;

import static org.dlora.replica.kv.Invariant.require;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.stream.Stream;
import org.dlora.scheduling.PrefixHash;
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
 * <p>Blocks that merged weights have written are told from exact ones, because merging rounds.
 * Exact blocks follow exact blocks only.
 */
final class PrefixCache {
    private final Map<CachedPrefix.Key, CachedPrefix> byKey = new HashMap<>();
    private final SequencedSet<CachedBlock> idle = new LinkedHashSet<>();

    /**
     * Returns the last block of the longest cached beginning of {@code tokens}, an exact one if
     * there is one. The cost is one look-up for each block.
     *
     * @param maxBlocks most blocks that the beginning may have
     * @param exactOnly whether blocks that merged weights have written are left out
     * @param known an earlier answer for the same sequence, which shortens the search
     */
    @Nullable CachedBlock longest(
            PrefixRoot root,
            TokenIds tokens,
            int maxBlocks,
            boolean exactOnly,
            @Nullable CachedBlock known) {
        var prefix = known == null ? null : known.prefix();
        var last = last(prefix, exactOnly);
        while (prefix != null && last == null) {
            prefix = prefix.parent();
            last = last(prefix, exactOnly);
        }
        while (CachedPrefix.depth(prefix) < maxBlocks) {
            prefix = byKey.get(key(root, prefix, tokens));
            var next = last(prefix, exactOnly);
            if (next == null) {
                break;
            }
            last = next;
        }
        return last;
    }

    private static @Nullable CachedBlock last(@Nullable CachedPrefix prefix, boolean exactOnly) {
        return prefix == null ? null : prefix.last(exactOnly);
    }

    /** Returns the cached block after {@code last} of a sequence with {@code tokens}. */
    @Nullable CachedBlock find(
            PrefixRoot root, @Nullable CachedBlock last, TokenIds tokens, boolean exact) {
        var prefix = byKey.get(keyAfter(root, last, tokens));
        return prefix == null ? null : prefix.after(last, exact);
    }

    /** Indexes block {@code number} after {@code last}, with the next of {@code tokens}. */
    CachedBlock add(
            PrefixRoot root,
            @Nullable CachedBlock last,
            TokenIds tokens,
            boolean exact,
            int number) {
        var prefix =
                byKey.computeIfAbsent(keyAfter(root, last, tokens), key -> new CachedPrefix(key));
        var block = new CachedBlock(prefix, last, exact, number);
        prefix.add(block);
        return block;
    }

    private CachedPrefix.Key keyAfter(
            PrefixRoot root, @Nullable CachedBlock last, TokenIds tokens) {
        return key(root, last == null ? null : last.prefix(), tokens);
    }

    private CachedPrefix.Key key(PrefixRoot root, @Nullable CachedPrefix parent, TokenIds tokens) {
        var own = tokens.range(CachedPrefix.depth(parent) * KvBlocks.TOKENS, KvBlocks.TOKENS);
        long before = parent == null ? root.hash() : parent.key().hash();
        long hash = PrefixHash.of(before, own, 0, own.length);
        return new CachedPrefix.Key(root, parent, own, hash);
    }

    boolean contains(CachedBlock block) {
        return block.prefix().contains(block);
    }

    private void remove(CachedBlock block) {
        block.prefix().remove(block);
        if (block.prefix().isEmpty()) {
            byKey.remove(block.prefix().key());
        }
    }

    private Stream<CachedBlock> all() {
        return byKey.values().stream().flatMap(CachedPrefix::blocks);
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
        remove(oldest);
        return oldest;
    }

    /**
     * Forgets and returns the idle blocks of an adapter, of all owners; no sequence may hold one of
     * its blocks.
     *
     * @param content hash of the adapter's content
     */
    List<CachedBlock> evictAll(String content) {
        var evicted = idle.stream().filter(b -> content.equals(b.root().content())).toList();
        for (var block : evicted) {
            idle.remove(block);
            remove(block);
        }
        return evicted;
    }

    /** Forgets and returns {@code blocks} and every block that follows one of them. */
    List<CachedBlock> drop(List<CachedBlock> blocks) {
        var dropped = new HashSet<>(blocks);
        for (int before = 0; before != dropped.size(); ) {
            before = dropped.size();
            all().filter(b -> b.parent() != null && dropped.contains(b.parent()))
                    .forEach(dropped::add);
        }
        dropped.removeIf(block -> !contains(block));
        for (var block : dropped) {
            remove(block);
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
        all().forEach(block -> {
            var parent = block.parent();
            require(
                    byKey.get(block.prefix().key()) == block.prefix(),
                    () -> "the prefix of block " + block.number() + " is not indexed");
            require(
                    parent == null || contains(parent),
                    () -> "cached block " + block.number() + " cannot be found");
            require(
                    block.prefix().parent() == (parent == null ? null : parent.prefix()),
                    () -> "cached block " + block.number() + " follows other tokens");
            require(
                    parent == null || parent.isExact() || !block.isExact(),
                    () -> "exact block " + block.number() + " follows a merged one");
        });
    }
}
