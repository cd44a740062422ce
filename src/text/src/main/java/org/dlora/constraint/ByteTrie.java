package org.dlora.constraint;

import java.util.Arrays;

/**
 * Tokens as a trie over bytes, in preorder, so that a walk is a loop that skips subtrees. The root
 * has no tokens. Immutable.
 */
final class ByteTrie {
    private final byte[] bytes;
    private final short[] depths;
    private final int[] ends;
    private final int[] firsts;
    private final int[] tokens;
    private final int longest;

    private ByteTrie(Builder builder) {
        int size = builder.size;
        bytes = Arrays.copyOf(builder.bytes, size);
        depths = Arrays.copyOf(builder.depths, size);
        ends = Arrays.copyOf(builder.ends, size);
        firsts = Arrays.copyOf(builder.firsts, size + 1);
        firsts[size] = builder.tokenCount;
        tokens = Arrays.copyOf(builder.tokens, builder.tokenCount);
        longest = builder.longest;
    }

    /** Builder by nodes in preorder, each with its tokens before the next one. */
    static final class Builder {
        private byte[] bytes = new byte[16];
        private short[] depths = new short[16];
        private int[] ends = new int[16];
        private int[] firsts = new int[16];
        private int[] tokens = new int[16];
        private int[] path = new int[16];
        private int size = 1; // The root.
        private int tokenCount;
        private int depth;
        private int longest;

        /** Adds the node of byte {@code b} below the last node of one byte less. */
        void node(int newDepth, int b) {
            close(newDepth);
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, 2 * size);
                depths = Arrays.copyOf(depths, 2 * size);
                ends = Arrays.copyOf(ends, 2 * size);
                firsts = Arrays.copyOf(firsts, 2 * size);
            }
            if (newDepth == path.length) {
                path = Arrays.copyOf(path, 2 * newDepth);
            }
            bytes[size] = (byte) b;
            depths[size] = (short) newDepth;
            firsts[size] = tokenCount;
            path[newDepth] = size++;
            depth = newDepth;
            longest = Math.max(longest, newDepth);
        }

        private void close(int from) {
            for (int open = depth; open >= from; open--) {
                ends[path[open]] = size;
            }
        }

        /** Adds a token that ends at the last node. */
        void token(int id) {
            if (tokenCount == tokens.length) {
                tokens = Arrays.copyOf(tokens, 2 * tokenCount);
            }
            tokens[tokenCount++] = id;
        }

        /** Adds all nodes below {@code node} of another trie, {@code by} bytes higher. */
        void below(ByteTrie trie, int node, int by) {
            for (int n = node + 1; n < trie.end(node); n++) {
                copy(trie, n, trie.depth(n) - by);
            }
        }

        private void copy(ByteTrie trie, int node, int newDepth) {
            node(newDepth, trie.byteOf(node));
            tokens(trie, node);
        }

        private void tokens(ByteTrie trie, int node) {
            for (int i = trie.firsts[node]; i < trie.firsts[node + 1]; i++) {
                token(trie.tokens[i]);
            }
        }

        ByteTrie build() {
            close(0);
            return new ByteTrie(this);
        }
    }

    /** Returns the trie of what follows any of {@code nodes}; its tokens lack the bytes before. */
    ByteTrie behind(int[] nodes) {
        var builder = new Builder();
        merge(nodes, 0, builder);
        return builder.build();
    }

    /** Adds what is below some nodes, whose place in the new trie is {@code depth} bytes deep. */
    private void merge(int[] nodes, int depth, Builder builder) {
        if (nodes.length == 1) {
            builder.below(this, nodes[0], depths[nodes[0]] - depth);
            return;
        }
        long[] children = children(nodes);
        for (int from = 0; from < children.length; ) {
            int b = (int) (children[from] >> 32);
            int to = from + 1;
            while (to < children.length && children[to] >> 32 == b) {
                to++;
            }
            var same = new int[to - from];
            builder.node(depth + 1, b);
            for (int i = from; i < to; i++) {
                same[i - from] = (int) children[i];
                builder.tokens(this, same[i - from]);
            }
            merge(same, depth + 1, builder);
            from = to;
        }
    }

    /** Returns the children of some nodes by their bytes, which are the upper halves. */
    private long[] children(int[] nodes) {
        var children = new long[nodes.length];
        int size = 0;
        for (int node : nodes) {
            for (int child = node + 1; child < ends[node]; child = ends[child]) {
                if (size == children.length) {
                    children = Arrays.copyOf(children, 2 * size);
                }
                children[size++] = ((long) byteOf(child) << 32) | child;
            }
        }
        children = Arrays.copyOf(children, size);
        Arrays.sort(children);
        return children;
    }

    /** Returns the number of nodes, the root included. */
    int size() {
        return bytes.length;
    }

    boolean isEmpty() {
        return tokens.length == 0;
    }

    int byteOf(int node) {
        return bytes[node] & 0xFF;
    }

    /** Returns the number of bytes from the root. */
    int depth(int node) {
        return depths[node];
    }

    /** Returns the node behind the subtree of {@code node}. */
    int end(int node) {
        return ends[node];
    }

    /** Returns whether nothing is below {@code node}. */
    boolean isLeaf(int node) {
        return ends[node] == node + 1;
    }

    boolean hasTokens(int node) {
        return firsts[node] < firsts[node + 1];
    }

    /** Adds the tokens that end at {@code node}. */
    void addTokens(int node, TokenSet.Builder to) {
        for (int i = firsts[node]; i < firsts[node + 1]; i++) {
            to.add(tokens[i]);
        }
    }

    /** Returns the most bytes of a token. */
    int longest() {
        return longest;
    }

    /** Returns about the bytes of memory that it takes. */
    int bytesOfMemory() {
        return 150 + 11 * bytes.length + 4 * tokens.length;
    }
}
