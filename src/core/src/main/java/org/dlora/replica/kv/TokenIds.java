package org.dlora.replica.kv;

import java.util.Arrays;

/**
 * Token ids of a sequence: a prompt, which all sequences of a call share, and the output, which
 * grows.
 */
public final class TokenIds {
    private static final int[] NONE = {};

    private final int[] prompt;
    private int[] output = NONE;
    private int size;

    public TokenIds(int[] prompt) {
        this.prompt = prompt;
        size = prompt.length;
    }

    public int size() {
        return size;
    }

    int get(int i) {
        return i < prompt.length ? prompt[i] : output[i - prompt.length];
    }

    public void add(int token) {
        int used = size - prompt.length;
        if (used == output.length) {
            output = Arrays.copyOf(output, Math.max(16, 2 * used));
        }
        output[used] = token;
        size++;
    }

    /** Returns a copy of {@code count} ids from {@code from} on. */
    public int[] range(int from, int count) {
        int[] copy = new int[count];
        copyTo(from, count, copy, 0);
        return copy;
    }

    void copyTo(int from, int count, int[] target, int targetIndex) {
        int first = Math.clamp((long) prompt.length - from, 0, count);
        if (first > 0) {
            System.arraycopy(prompt, from, target, targetIndex, first);
        }
        if (first < count) {
            int begin = from + first - prompt.length;
            System.arraycopy(output, begin, target, targetIndex + first, count - first);
        }
    }
}
