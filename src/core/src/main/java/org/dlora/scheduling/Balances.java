package org.dlora.scheduling;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map of adapters to credits, of which few change in a step. A changed copy shares all
 * numbers that have not changed lately. So adapters without requests cost a step nothing.
 */
public final class Balances extends AbstractMap<AdapterRef, Double> {
    /** Number of recent changes at which all numbers are copied. */
    private static final int MANY = 128;

    private final Map<AdapterRef, Double> settled;
    private final Map<AdapterRef, Double> recent; // only keys of settled

    private Balances(Map<AdapterRef, Double> settled, Map<AdapterRef, Double> recent) {
        this.settled = settled;
        this.recent = recent;
    }

    public static Balances of(Map<AdapterRef, Double> numbers) {
        return numbers instanceof Balances balances
                ? balances
                : new Balances(Map.copyOf(numbers), Map.of());
    }

    /** Returns these numbers with {@code changes} applied. */
    public Balances with(Map<AdapterRef, Double> changes) {
        if (changes.isEmpty()) {
            return this;
        }
        var together = new HashMap<>(recent);
        together.putAll(changes);
        if (together.size() < MANY && settled.keySet().containsAll(changes.keySet())) {
            return new Balances(settled, together);
        }
        var all = new HashMap<>(settled);
        all.putAll(together);
        return new Balances(Map.copyOf(all), Map.of());
    }

    @Override
    public @Nullable Double get(@Nullable Object adapter) {
        var changed = recent.get(adapter);
        return changed == null ? settled.get(adapter) : changed;
    }

    @Override
    public boolean containsKey(@Nullable Object adapter) {
        return settled.containsKey(adapter);
    }

    @Override
    public int size() {
        return settled.size();
    }

    @Override
    public Set<Entry<AdapterRef, Double>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<AdapterRef, Double>> iterator() {
                return settled.entrySet().stream()
                        .map(entry ->
                                Map.entry(
                                        entry.getKey(),
                                        recent.getOrDefault(entry.getKey(), entry.getValue())))
                        .iterator();
            }

            @Override
            public int size() {
                return settled.size();
            }
        };
    }
}
