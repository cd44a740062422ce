package org.dlora.engine;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.ServiceWeights;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of the base model and of all adapters that are loaded, in the order in which they
 * came; those that were there at the start in the order of their ids.
 */
final class AdapterAccounts {
    private final AdapterAccount base = new AdapterAccount(null, AdapterTerms.BASE);
    private final Map<String, AdapterAccount> byId = new LinkedHashMap<>();

    AdapterAccounts(Map<String, AdapterTerms> adapters) {
        new TreeMap<>(adapters).forEach(this::open);
    }

    void open(String id, AdapterTerms terms) {
        byId.put(id, new AdapterAccount(id, terms));
    }

    /** Of an adapter that has no unfinished sequences. */
    void close(String id) {
        byId.remove(id);
    }

    AdapterAccount of(@Nullable String adapter) {
        if (adapter == null) {
            return base;
        }
        var account = byId.get(adapter);
        if (account == null) {
            throw new IllegalStateException("Adapter " + adapter + " is not loaded");
        }
        return account;
    }

    private Stream<AdapterAccount> all() {
        return Stream.concat(Stream.of(base), byId.values().stream());
    }

    /**
     * Of all, with work or without, at {@code now} seconds.
     *
     * @param merging whether the policy may want to merge
     */
    List<AdapterView> views(double now, boolean merging, ServiceWeights weights) {
        byId.values().forEach(account -> account.forgive(now));
        return all().map(account -> account.view(merging, weights.of(account.terms().name())))
                .toList();
    }

    /** Of each adapter so many of the oldest sequences that hold no blocks; in no order. */
    Stream<Sequence> oldestWaiting(int mostOfEach) {
        return all().flatMap(account -> account.oldestWaiting(mostOfEach));
    }

    /**
     * Checks all.
     *
     * @throws IllegalStateException if {@code sequences}, all that are unfinished, say otherwise
     */
    void verify(Collection<Sequence> sequences) {
        base.verify(sequences.stream().filter(s -> s.adapter() == null));
        byId.forEach((id, account) ->
                account.verify(sequences.stream().filter(s -> id.equals(s.adapter()))));
    }
}
