package org.dlora.scheduling.dispatch;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;

/**
 * Directory of the prompt blocks that were sent to each replica, by which cached prefixes are
 * expected. It is an estimate: replicas do not tell what they evict. A wrong answer costs time
 * only. Not thread-safe.
 *
 * <p>A prompt that is sent makes its blocks the most recently used ones, the first block most of
 * all. So a block is never forgotten before one that follows it, as in the prefix caches of
 * replicas.
 */
public final class PrefixDirectory {
    private final Map<String, SequencedSet<Long>> blocks = new HashMap<>();
    private final int capacity;

    /**
     * Creates a directory without blocks.
     *
     * @param capacity most blocks that are remembered for a replica, such as its KV blocks; at
     *     least 1
     */
    public PrefixDirectory(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException(
                    "A prefix directory has room for %d blocks: expected at least 1"
                            .formatted(capacity));
        }
        this.capacity = capacity;
    }

    /** Notes that a prompt was sent to {@code replica}. */
    public void sent(String replica, PromptBlocks prompt) {
        var known = blocks.computeIfAbsent(replica, _ -> new LinkedHashSet<>());
        for (int i = prompt.count() - 1; i >= 0; i--) {
            known.addLast(prompt.hash(i));
        }
        while (known.size() > capacity) {
            known.removeFirst();
        }
    }

    /** Returns the tokens of the longest prefix of {@code prompt} that {@code replica} has seen. */
    public int cachedTokens(String replica, PromptBlocks prompt) {
        var known = blocks.get(replica);
        int found = 0;
        while (known != null && found < prompt.count() && known.contains(prompt.hash(found))) {
            found++;
        }
        return found * prompt.blockTokens();
    }

    /** Forgets the blocks of a replica whose cache is gone. */
    public void forget(String replica) {
        blocks.remove(replica);
    }
}
