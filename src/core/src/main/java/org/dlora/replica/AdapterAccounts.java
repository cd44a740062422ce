package org.dlora.replica;

import static java.util.stream.Collectors.groupingBy;
import static org.dlora.replica.kv.Invariant.require;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.TeamView;
import org.dlora.scheduling.TeamWeights;
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

    /** Unfinished sequences that have a team. */
    private int inTeams;

    /** Kept until a sequence comes or leaves, or shares change. */
    private @Nullable List<TeamView> teams;

    private TeamWeights teamShares = TeamWeights.EQUAL;

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
        inTeams += sequence.request().team().isTeam() ? 1 : 0;
        teams = null;
        atWork.putIfAbsent(account.order(), account);
    }

    void place(Sequence sequence) {
        var account = of(sequence.adapter());
        change(account, () -> account.place(sequence));
    }

    void left(Sequence sequence) {
        var account = of(sequence.adapter());
        change(account, () -> account.left(sequence));
        inTeams -= sequence.request().team().isTeam() ? 1 : 0;
        teams = null;
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

    /**
     * Returns the policy's view of each team with unfinished sequences; empty if none has a team.
     */
    List<TeamView> teams(TeamWeights shares) {
        if (inTeams == 0) {
            return List.of();
        }
        var known = teams;
        if (known == null || !shares.equals(teamShares)) {
            known = newTeams(shares);
            teams = known;
            teamShares = shares;
        }
        return known;
    }

    private List<TeamView> newTeams(TeamWeights shares) {
        var byTeam = new LinkedHashMap<TeamRef, SequencedMap<AdapterRef, Integer>>();
        atWork().forEach(account ->
                account.flows()
                        .forEach((team, unfinished) ->
                                byTeam.computeIfAbsent(team, _ -> new LinkedHashMap<>())
                                        .put(account.adapter(), unfinished)));
        return byTeam.entrySet().stream()
                .map(entry ->
                        new TeamView(entry.getKey(), shares.of(entry.getKey()), entry.getValue()))
                .toList();
    }

    /**
     * Returns the oldest waiting sequences that may begin.
     *
     * @param mostOfEach most of each adapter, or of each flow
     * @param byTeam whether that many of each flow are returned
     */
    Stream<Sequence> oldestWaiting(int mostOfEach, boolean byTeam) {
        return byTeam && inTeams > 0
                ? atWork().flatMap(account -> account.flows().oldestWaiting(mostOfEach))
                : atWork().flatMap(account -> account.oldestWaiting(mostOfEach));
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
            account.verify(byAdapter.getOrDefault(adapter, List.of()));
            require(
                    atWork.containsValue(account) == account.hasWork(),
                    () -> adapter + " is among the wrong accounts");
        });
        long expected = sequences.stream().filter(s -> s.request().team().isTeam()).count();
        require(inTeams == expected, () -> expected + " in teams are counted as " + inTeams);
        require(
                teams == null || teams.equals(newTeams(teamShares)),
                () -> "teams are %s, not %s".formatted(newTeams(teamShares), teams));
        require(
                active().equals(newActive()),
                () -> "active are %s, not %s".formatted(newActive(), active()));
    }
}
