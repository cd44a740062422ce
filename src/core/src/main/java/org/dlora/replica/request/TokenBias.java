package org.dlora.replica.request;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Immutable map of token ids, ascending, to what is added to their logits, of twelve bytes an
 * entry. All sequences of a call share it.
 */
public final class TokenBias extends AbstractMap<Integer, Double> {
    private static final TokenBias NONE = new TokenBias(new int[0], new double[0]);

    private final int[] ids;
    private final double[] biases;

    private TokenBias(int[] ids, double[] biases) {
        this.ids = ids;
        this.biases = biases;
    }

    /** Returns the entries of {@code bias}; themselves if they are compact already. */
    public static TokenBias of(Map<Integer, Double> bias) {
        if (bias instanceof TokenBias compact) {
            return compact;
        }
        if (bias.isEmpty()) {
            return NONE;
        }
        int[] ids = bias.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
        double[] biases = Arrays.stream(ids).mapToDouble(bias::get).toArray();
        return new TokenBias(ids, biases);
    }

    /** Returns the smallest and the largest id, between which all others lie; none if empty. */
    public int[] ends() {
        return TokenIdSet.ends(ids);
    }

    /** Returns the number of bytes that the entries take. */
    long bytes() {
        return (long) (Integer.BYTES + Double.BYTES) * ids.length;
    }

    /** Calls {@code use} with each entry, the smallest id first. */
    public void each(Use use) {
        for (int i = 0; i < ids.length; i++) {
            use.accept(ids[i], biases[i]);
        }
    }

    /** Use of an entry. */
    @FunctionalInterface
    public interface Use {
        void accept(int token, double bias);
    }

    @Override
    public boolean containsKey(@Nullable Object token) {
        return index(token) >= 0;
    }

    @Override
    public @Nullable Double get(@Nullable Object token) {
        int index = index(token);
        return index < 0 ? null : biases[index];
    }

    private int index(@Nullable Object token) {
        return token instanceof Integer id ? Arrays.binarySearch(ids, id) : -1;
    }

    @Override
    public Set<Entry<Integer, Double>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<Integer, Double>> iterator() {
                return IntStream.range(0, ids.length)
                        .mapToObj(i -> Map.entry(ids[i], biases[i]))
                        .iterator();
            }

            @Override
            public int size() {
                return ids.length;
            }
        };
    }
}
