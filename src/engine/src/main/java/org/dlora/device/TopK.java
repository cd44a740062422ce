package org.dlora.device;

import java.util.function.IntToDoubleFunction;

/**
 * Selection of the k largest of n values in O(n log k) by a bounded min-heap, without boxing or
 * sorting all of them.
 */
public final class TopK {
    private final IntToDoubleFunction values;
    private final int[] heap;
    private int size;

    private TopK(IntToDoubleFunction values, int k) {
        this.values = values;
        heap = new int[k];
    }

    /**
     * Indices of the {@code k} largest of {@code values[0..n)}, largest first, the lower index
     * first among equals.
     */
    public static int[] largest(IntToDoubleFunction values, int n, int k) {
        var top = new TopK(values, Math.min(k, n));
        for (int i = 0; i < n && top.heap.length > 0; i++) {
            top.offer(i);
        }
        var sorted = new int[top.size];
        while (top.size > 0) {
            sorted[top.size - 1] = top.heap[0];
            top.replaceRoot(top.heap[--top.size]);
        }
        return sorted;
    }

    private void offer(int index) {
        if (size == heap.length) {
            if (isBelow(heap[0], index)) {
                replaceRoot(index);
            }
            return;
        }
        int at = size++;
        while (at > 0 && isBelow(index, heap[(at - 1) / 2])) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = index;
    }

    private void replaceRoot(int index) {
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && isBelow(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBelow(heap[child], index)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = index;
    }

    private boolean isBelow(int i, int j) {
        double a = values.applyAsDouble(i);
        double b = values.applyAsDouble(j);
        return a < b || (a == b && i > j);
    }
}
