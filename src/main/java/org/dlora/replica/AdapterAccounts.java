package org.dlora.replica;

import static java.util.stream.Collectors.groupingBy;
import static org.dlora.replica.Invariant.require;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.ServiceWeights;
import org.jspecify.annotations.Nullable;

/**
 * Accounts of the base model and of all loaded adapters, in the order of loading. The planner gets
 * the adapters of a snapshot from them.
 */
final class AdapterAccounts {
    private final Map<AdapterRef, AdapterAccount> all = new LinkedHashMap<>();

    /** Accounts with unfinished sequences by their place in the order of loading. */
    private final Map<Long, AdapterAccount> atWork = new TreeMap<>();

    private long opened;
    private Set<AdapterRef> loaded;
    private OutputLengths outputs = OutputLengths.NONE;

    /** Kept until an adapter begins or ceases to run or to wait, so that few steps pay for it. */
    private @Nullable ActiveAdapters active;

    AdapterAccounts() {
        all.put(AdapterRef.base(), AdapterAccount.ofBase());
        loaded = Set.of(AdapterRef.base());
    }

    void open(AdapterProfile profile) {
        var account = AdapterAccount.of(opened++, profile);
        all.put(account.adapter(), account);
        loaded = Collections.unmodifiableSet(new LinkedHashSet<>(all.keySet()));
    }

    /** Closes the account of an adapter that has no unfinished sequences. */
    void close(AdapterRef adapter) {
        all.remove(adapter);
        loaded = Collections.unmodifiableSet(new LinkedHashSet<>(all.keySet()));
    }

    /** Returns the base model and all loaded adapters; another set after each change. */
    Set<AdapterRef> loaded() {
        return loaded;
    }

    Collection<AdapterAccount> all() {
        return Collections.unmodifiableCollection(all.values());
    }

    @Nullable AdapterAccount find(AdapterRef adapter) {
        return all.get(adapter);
    }

    /**
     * Returns the account of {@code adapter}.
     *
     * @throws IllegalStateException if it is not loaded
     */
    AdapterAccount of(AdapterRef adapter) {
        var account = all.get(adapter);
        if (account == null) {
            throw new IllegalStateException("Adapter " + adapter + " is not loaded");
        }
        return account;
    }

    void came(Sequence sequence) {
        var account = of(sequence.adapter());
        change(account, () -> account.came(sequence));
        atWork.putIfAbsent(account.order(), account);
    }

    void place(Sequence sequence) {
        var account = of(sequence.adapter());
        change(account, () -> account.place(sequence));
    }

    void left(Sequence sequence) {
        var account = of(sequence.adapter());
        change(account, () -> account.left(sequence));
        if (!account.hasWork()) {
            atWork.remove(account.order());
        }
    }

    private void change(AdapterAccount account, Runnable change) {
        boolean wasRunning = account.isRunning();
        boolean wasWaiting = account.isWaiting();
        change.run();
        if (wasRunning != account.isRunning() || wasWaiting != account.isWaiting()) {
            active = null;
        }
    }

    /** Returns the adapters with unfinished sequences, without the base model. */
    ActiveAdapters active() {
        var known = active;
        if (known == null) {
            known = newActive();
            active = known;
        }
        return known;
    }

    private ActiveAdapters newActive() {
        return new ActiveAdapters(
                names(AdapterAccount::isRunning), names(AdapterAccount::isWaiting));
    }

    private List<String> names(Predicate<AdapterAccount> which) {
        return atWork().filter(account -> !account.adapter().isBase())
                .filter(which)
                .map(AdapterAccount::name)
                .distinct()
                .toList();
    }

    /** Counts a finished answer of {@code outputTokens}. */
    void answered(AdapterRef adapter, int outputTokens) {
        of(adapter).answered(outputTokens);
        outputs = outputs.plus(outputTokens);
    }

    /** Returns the lengths of all answers. */
    OutputLengths outputs() {
        return outputs;
    }

    Stream<AdapterAccount> atWork() {
        return atWork.values().stream();
    }

    /**
     * Returns the policy's view of each adapter with unfinished sequences.
     *
     * @param merging whether the policy may want to merge
     */
    List<AdapterView> views(double now, boolean merging, ServiceWeights weights) {
        return atWork().map(account -> account.view(now, merging, weights.of(account.name())))
                .toList();
    }

    /** Returns the oldest waiting sequences of each adapter, at most {@code mostOfEach}. */
    Stream<Sequence> oldestWaiting(int mostOfEach) {
        return atWork().flatMap(account -> account.oldestWaiting(mostOfEach));
    }

    /**
     * Checks all accounts.
     *
     * @param sequences all unfinished sequences
     * @throws IllegalStateException if the sequences disagree
     */
    void verify(Collection<Sequence> sequences) {
        var byAdapter = sequences.stream().collect(groupingBy(Sequence::adapter));
        all.forEach((adapter, account) -> {
            account.verify(byAdapter.getOrDefault(adapter, List.of()).stream());
            require(
                    atWork.containsValue(account) == account.hasWork(),
                    () -> adapter + " is among the wrong accounts");
        });
        require(
                active().equals(newActive()),
                () -> "active are %s, not %s".formatted(newActive(), active()));
    }
}
