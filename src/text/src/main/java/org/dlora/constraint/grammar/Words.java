package org.dlora.constraint.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;

/** A set of texts as a trie over their bytes, in preorder. Node 0 is the root. Immutable. */
public final class Words {
    /** The node after a byte that must not come. */
    public static final int NONE = -1;

    private final byte[] bytes;
    private final int[] ends;
    private final BitSet accepting;

    private Words(byte[] bytes, int[] ends, BitSet accepting) {
        this.bytes = bytes;
        this.ends = ends;
        this.accepting = accepting;
    }

    /** Returns the set of some texts, none of which is empty. */
    public static Words of(Collection<byte[]> texts) {
        var sorted = texts.stream().sorted(Arrays::compareUnsigned).toList();
        int most = 1 + sorted.stream().mapToInt(text -> text.length).sum();
        var bytes = new byte[most];
        var ends = new int[most];
        var accepting = new BitSet();
        var path = new ArrayList<Integer>(List.of(0));
        int size = 1;
        byte[] last = {};
        for (var text : sorted) {
            int common = Arrays.mismatch(last, text);
            if (common < 0) {
                continue;
            }
            while (path.size() > common + 1) {
                ends[path.removeLast()] = size;
            }
            for (int i = common; i < text.length; i++) {
                bytes[size] = text[i];
                path.add(size++);
            }
            accepting.set(path.getLast());
            last = text;
        }
        for (int node : path) {
            ends[node] = size;
        }
        return new Words(Arrays.copyOf(bytes, size), Arrays.copyOf(ends, size), accepting);
    }

    /** Returns the node after a byte; {@link #NONE} if it must not come. */
    public int next(int node, int b) {
        for (int child = node + 1; child < ends[node]; child = ends[child]) {
            if ((bytes[child] & 0xFF) == b) {
                return child;
            }
        }
        return NONE;
    }

    public boolean accepts(int node) {
        return accepting.get(node);
    }

    /** Returns whether a byte may follow. */
    public boolean goesOn(int node) {
        return ends[node] > node + 1;
    }

    boolean isEmpty() {
        return accepting.isEmpty();
    }

    /** Returns the texts that have none but some bytes. */
    Words restrictedTo(Dfa.BytePredicate available) {
        boolean isAll = true;
        for (int node = 1; node < bytes.length; node++) {
            isAll &= available.test(bytes[node] & 0xFF);
        }
        if (isAll) {
            return this;
        }
        var rest = new ArrayList<byte[]>();
        addTexts(available, rest);
        return of(rest);
    }

    private void addTexts(Dfa.BytePredicate available, List<byte[]> texts) {
        var path = new ArrayList<Integer>(List.of(0));
        for (int node = 1; node < bytes.length; ) {
            while (node >= ends[path.getLast()]) {
                path.removeLast();
            }
            if (!available.test(bytes[node] & 0xFF)) {
                node = ends[node];
                continue;
            }
            path.add(node);
            if (accepting.get(node)) {
                var text = new byte[path.size() - 1];
                for (int i = 0; i < text.length; i++) {
                    text[i] = bytes[path.get(i + 1)];
                }
                texts.add(text);
            }
            node++;
        }
    }

    /** Returns about the bytes of memory that it takes. */
    long memory() {
        return 150 + 6L * bytes.length;
    }
}
