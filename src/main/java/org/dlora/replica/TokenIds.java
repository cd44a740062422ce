package org.dlora.replica;

import java.util.Arrays;

/** Token ids of a sequence, prompt and output; grows at the end. */
final class TokenIds {
    private int[] ids;
    private int size;

    TokenIds(int[] prompt) {
        ids = Arrays.copyOf(prompt, prompt.length + 16);
        size = prompt.length;
    }

    int size() {
        return size;
    }

    int get(int i) {
        return ids[i];
    }

    void add(int token) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = token;
    }

    /** Returns a copy of {@code count} ids from {@code from} on. */
    int[] range(int from, int count) {
        return Arrays.copyOfRange(ids, from, from + count);
    }

    void copyTo(int from, int count, int[] target, int targetIndex) {
        System.arraycopy(ids, from, target, targetIndex, count);
    }
}
