package org.dlora.engine;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.ServiceWeights;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of the base model and of all adapters that are loaded, in the order of loading;
 * those that were there at the start in the order of their ids. A step costs nothing for those
 * without work.
 */
final class AdapterAccounts {
    private final NavigableMap<Long, AdapterAccount> working = new TreeMap<>();
    private final AdapterAccount base =
            new AdapterAccount(AdapterRef.base(), 0, AdapterTerms.BASE, working);
    private final Map<String, AdapterAccount> byId = new LinkedHashMap<>();
    private OutputLengths outputs = OutputLengths.NONE;
    private @Nullable Set<AdapterRef> loaded;
    private long opened;

    AdapterAccounts(Map<String, AdapterTerms> adapters) {
        new TreeMap<>(adapters).forEach(this::open);
    }

    void open(String id, AdapterTerms terms) {
        byId.put(id, new AdapterAccount(AdapterRef.of(id), ++opened, terms, working));
        loaded = null;
    }

    /** Of an adapter that has no unfinished sequences. */
    void close(String id) {
        byId.remove(id);
        loaded = null;
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

    /** The base model and all adapters; the same set until one is opened or closed. */
    Set<AdapterRef> loaded() {
        var known = loaded;
        if (known == null) {
            var refs = new LinkedHashSet<AdapterRef>();
            refs.add(AdapterRef.base());
            byId.keySet().forEach(id -> refs.add(AdapterRef.of(id)));
            known = Collections.unmodifiableSet(refs);
            loaded = known;
        }
        return known;
    }

    /** An answer has come to its end. */
    void answered(@Nullable String adapter, int outputTokens) {
        of(adapter).answered(outputTokens);
        outputs = outputs.plus(outputTokens);
    }

    /** Lengths of all answers so far. */
    OutputLengths outputs() {
        return outputs;
    }

    /**
     * Views of those with work at {@code now} seconds.
     *
     * @param merging whether the policy may want to merge
     */
    List<AdapterView> views(double now, boolean merging, ServiceWeights weights) {
        working.values().forEach(account -> account.forgive(now));
        return working.values().stream()
                .map(account -> account.view(merging, weights.of(account.terms().name())))
                .toList();
    }

    /** Of each adapter so many of the oldest sequences that hold no blocks; in no order. */
    Stream<Sequence> oldestWaiting(int mostOfEach) {
        return working.values().stream().flatMap(account -> account.oldestWaiting(mostOfEach));
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
