package org.dlora.scheduling;

import static java.util.Comparator.comparingDouble;
import static java.util.stream.Collectors.toSet;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The fair shares of adapters in one step, by virtual token counters (Sheng et al., OSDI 2024). It
 * says which adapters are entitled, overdue or ahead, and counts the service of the step.
 *
 * <p>The counter of an adapter is its <i>lead</i>: its service per weight beyond that of the
 * backlogged adapter with the least. An adapter is <i>backlogged</i> after a step that did not run
 * all the rows that its requests could run. An adapter with work is <i>ahead</i> if its lead
 * exceeds the smallest lead by more than the largest allowed one. Otherwise it is <i>entitled</i>.
 * An entitled adapter that has waited for {@code maxWait} is <i>overdue</i>.
 *
 * <p>A lead below 0 becomes 0. After a step in which no adapter was backlogged, all leads become 0.
 * So no adapter saves up service while it is idle.
 */
final class FairShares {
    private final Snapshot snapshot;
    private final SnapshotIndex index;
    private final DloraSettings settings;
    private final DloraState state;
    private final List<AdapterRef> withWork;
    private final double floor;
    private final double maxLead;

    FairShares(SnapshotIndex index, DloraSettings settings, DloraState state) {
        this.index = index;
        snapshot = index.snapshot();
        this.settings = settings;
        this.state = state;
        withWork = index.working();
        floor = withWork.stream().mapToDouble(this::lead).min().orElse(0);
        double least = withWork.stream().mapToDouble(this::weight).min().orElse(1);
        maxLead = Math.max(settings.maxLead(), settings.stepService(snapshot.limits()) / least);
    }

    List<AdapterRef> withWork() {
        return withWork;
    }

    double lead(AdapterRef adapter) {
        return state.leads().getOrDefault(adapter, 0.0);
    }

    /** Returns the service an adapter can get until it is ahead of the one with the least. */
    double room(AdapterRef adapter) {
        return Math.max(0, floor + maxLead - lead(adapter)) * weight(adapter);
    }

    /** Returns the growth of an adapter's lead when {@code sequence} gets its next token. */
    double expected(AdapterRef adapter, SequenceView sequence) {
        return settings.service(sequence, sequence.pending(), lost(sequence)) / weight(adapter);
    }

    /** Returns the number of unfinished requests of all entitled adapters. */
    int entitledRequests() {
        return withWork.stream()
                .filter(this::isEntitled)
                .mapToInt(k -> index.get(k).backlog().unfinished())
                .sum();
    }

    private double weight(AdapterRef adapter) {
        return index.get(adapter).weight();
    }

    boolean isEntitled(AdapterRef adapter) {
        return lead(adapter) <= floor + maxLead;
    }

    /**
     * Returns the overdue adapters: entitled ones that have waited for {@code maxWait}. The one
     * without service for longest comes first, so each is served before another is served twice.
     */
    List<AdapterRef> overdue() {
        return withWork.stream()
                .filter(k -> isEntitled(k) && waited(k) >= settings.maxWait())
                .sorted(comparingDouble(this::unserved).reversed())
                .toList();
    }

    /**
     * Returns the seconds that an adapter has waited. Service takes back what waiting adds, so that
     * the next wait does not follow at once. Waiting adds at most one step beyond {@code maxWait},
     * and nothing while the adapter is ahead.
     */
    private double waited(AdapterRef adapter) {
        if (isNew(adapter)) {
            return 0;
        }
        double since = snapshot.now() - state.at();
        double before = state.waited().getOrDefault(adapter, 0.0);
        if (state.served().contains(adapter)) {
            return Math.max(0, before - since);
        }
        return isEntitled(adapter) ? Math.min(before, settings.maxWait()) + since : before;
    }

    private double unserved(AdapterRef adapter) {
        return isNew(adapter) || state.served().contains(adapter)
                ? 0
                : state.unserved().getOrDefault(adapter, 0.0) + snapshot.now() - state.at();
    }

    /**
     * Returns whether an adapter had no work in the last step, or all of that work has ended since.
     */
    private boolean isNew(AdapterRef adapter) {
        var its = index.sequences(adapter);
        return !state.waited().containsKey(adapter)
                || (!its.isEmpty()
                        && its.stream().allMatch(v -> v.request().arrivedAt() > state.at()));
    }

    /** Returns whether a sequence ran in the last step. */
    boolean isRunning(SequenceView sequence) {
        return state.running().contains(sequence.id());
    }

    /** Returns the state after a step. */
    DloraState after(StepPlan plan, String chosen) {
        var leads = new HashMap<AdapterRef, Double>();
        withWork.forEach(k -> leads.put(k, lead(k)));
        state.leads()
                .forEach((k, lead) -> {
                    if (snapshot.loaded().contains(k)) {
                        leads.put(k, lead);
                    }
                });
        var done = new HashMap<AdapterRef, Integer>();
        var served = new HashSet<AdapterRef>();
        for (var planned : PlannedRows.of(snapshot, plan)) {
            var sequence = planned.sequence();
            var adapter = sequence.adapter();
            served.add(adapter);
            leads.merge(
                    adapter,
                    settings.service(sequence, planned.rows(), lost(sequence)) / weight(adapter),
                    Double::sum);
            done.merge(adapter, planned.rows() == sequence.runnable() ? 1 : 0, Integer::sum);
        }
        var waited = new HashMap<AdapterRef, Double>();
        var unserved = new HashMap<AdapterRef, Double>();
        for (var key : withWork) {
            waited.put(key, waited(key));
            unserved.put(key, unserved(key));
        }
        return new DloraState(
                fromLeast(leads, done),
                snapshot.now(),
                waited,
                unserved,
                served,
                lost(plan),
                plan.run().stream().map(StepPlan.Run::sequence).collect(toSet()),
                chosen);
    }

    private int lost(SequenceView sequence) {
        return state.lost().getOrDefault(sequence.id(), 0);
    }

    private Map<Long, Integer> lost(StepPlan plan) {
        var lost = new HashMap<Long, Integer>();
        state.lost()
                .forEach((id, known) -> {
                    if (snapshot.find(id).isPresent()) {
                        lost.put(id, known);
                    }
                });
        for (long id : plan.preempt()) {
            lost.merge(id, snapshot.sequence(id).computed(), Math::max);
        }
        return lost;
    }

    /** Returns the leads over the least lead of a backlogged adapter. */
    private Map<AdapterRef, Double> fromLeast(
            Map<AdapterRef, Double> leads, Map<AdapterRef, Integer> done) {
        double least =
                withWork.stream()
                        .filter(k -> done.getOrDefault(k, 0) < index.get(k).backlog().unfinished())
                        .mapToDouble(k -> leads.getOrDefault(k, 0.0))
                        .min()
                        .orElse(Double.POSITIVE_INFINITY);
        var relative = new HashMap<AdapterRef, Double>();
        leads.forEach((key, lead) -> {
            if (lead > least) {
                relative.put(key, lead - least);
            }
        });
        return relative;
    }
}
