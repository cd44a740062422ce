package org.dlora.scheduling;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may run in a step, by priority: the oldest request of each adapter that is overdue; as many
 * of each adapter as run already, so that nobody is paused without need; then one after another the
 * oldest request of the adapter that has had least service. Adapters that are ahead of others come
 * after all these, and only if none of them is left out. They alone lose blocks to one that comes
 * in; else it waits for those that run to end or to be ahead. So each loss is preceded by a lead's
 * worth of service: two that do not fit side by side take turns, but not in each step.
 */
final class FairOrder {
    private final Snapshot snapshot;
    private final FairShares shares;
    private final Map<AdapterRef, Deque<SequenceView>> queues = new LinkedHashMap<>();
    private final Map<AdapterRef, Double> leads = new HashMap<>();
    private final List<SequenceView> ahead = new ArrayList<>();
    private final Deque<SequenceView> reclaimable = new ArrayDeque<>();
    private final List<SequenceView> reclaimed = new ArrayList<>();
    private final Set<Long> picked = new HashSet<>();
    private final List<SequenceView> overdue = new ArrayList<>();
    private final List<SequenceView> holders = new ArrayList<>();
    private final List<SequenceView> newcomers = new ArrayList<>();
    private @Nullable SequenceView tooLarge;
    private int spareBlocks;

    /**
     * An adapter to pick a request of.
     *
     * @param rank the smaller the older its oldest request is
     */
    private record Turn(AdapterRef key, double lead, int rank) {}

    /**
     * @param only the adapter whose requests run alone, null for all
     */
    FairOrder(Snapshot snapshot, FairShares shares, @Nullable AdapterRef only) {
        this.snapshot = snapshot;
        this.shares = shares;
        spareBlocks = snapshot.freeBlocks();
        for (var sequence : snapshot.sequences()) {
            var key = sequence.adapter();
            if (!shares.isEntitled(key)) {
                sort(sequence);
            } else if (only == null || only.equals(key)) {
                enqueue(key, sequence);
            }
        }
        pickOverdue();
        pickRunning();
        pickByService();
        if (picked.isEmpty() && tooLarge != null) {
            newcomers.add(tooLarge);
        }
        if (only != null || shares.entitledRequests() > picked.size()) {
            ahead.clear();
        }
        ahead.sort(comparingDouble(v -> shares.lead(v.adapter())));
    }

    /** By priority; the first {@link #entitled} go before all others. */
    List<SequenceView> order() {
        var order = new ArrayList<>(overdue);
        order.addAll(holders);
        order.addAll(newcomers);
        order.addAll(ahead);
        order.removeAll(reclaimed);
        return order;
    }

    /** So many of the first are overdue. */
    int overdue() {
        return overdue.size();
    }

    int entitled() {
        return overdue.size() + holders.size() + newcomers.size();
    }

    /** Those whose blocks others take. */
    List<SequenceView> reclaimed() {
        return reclaimed;
    }

    private void sort(SequenceView sequence) {
        ahead.add(sequence);
        if (sequence.holdsBlocks()) {
            reclaimable.addFirst(sequence);
        }
    }

    private void enqueue(AdapterRef key, SequenceView sequence) {
        queues.computeIfAbsent(key, k -> new ArrayDeque<>()).add(sequence);
        leads.put(key, shares.lead(key));
        if (sequence.holdsBlocks()) {
            spareBlocks -= sequence.blocksToNextToken(snapshot.limits()) + 1;
        }
    }

    private void pickOverdue() {
        for (var key : shares.overdue()) {
            var head = head(key);
            if (head != null && hasPlace()) {
                if (fits(head)) {
                    pick(key, head, overdue);
                } else {
                    keepOut(head);
                }
            }
        }
    }

    /** As many of each adapter as ran before, its oldest ones. */
    private void pickRunning() {
        for (var sequence : snapshot.sequences()) {
            if (sequence.holdsBlocks()
                    && shares.isRunning(sequence)
                    && !picked.contains(sequence.id())
                    && hasPlace()) {
                var key = sequence.adapter();
                queues.getOrDefault(key, new ArrayDeque<>()).stream()
                        .filter(v -> v.holdsBlocks() && !picked.contains(v.id()))
                        .findFirst()
                        .ifPresent(v -> pick(key, v, holders));
            }
        }
    }

    private void pickByService() {
        var next =
                new PriorityQueue<Turn>(comparingDouble(Turn::lead).thenComparingInt(Turn::rank));
        int rank = 0;
        for (var key : queues.keySet()) {
            next.add(new Turn(key, lead(key), rank++));
        }
        while (hasPlace() && !next.isEmpty()) {
            var turn = next.remove();
            var key = turn.key();
            var head = head(key);
            if (head == null) {
                continue;
            }
            if (head.holdsBlocks()) {
                pick(key, head, holders);
            } else if (fits(head)) {
                pick(key, head, newcomers);
            } else {
                keepOut(head);
            }
            next.add(new Turn(key, lead(key), turn.rank()));
        }
    }

    private double lead(AdapterRef key) {
        return leads.getOrDefault(key, 0.0);
    }

    /** Nobody comes in before one that does not fit, but those that are in go on. */
    private void keepOut(SequenceView sequence) {
        tooLarge = sequence;
        queues.values().forEach(queue -> queue.removeIf(v -> !v.holdsBlocks()));
    }

    private @Nullable SequenceView head(AdapterRef key) {
        var queue = queues.get(key);
        while (queue != null && !queue.isEmpty() && picked.contains(queue.getFirst().id())) {
            queue.removeFirst();
        }
        return queue == null ? null : queue.peekFirst();
    }

    private void pick(AdapterRef key, SequenceView sequence, List<SequenceView> as) {
        as.add(sequence);
        picked.add(sequence.id());
        leads.merge(key, shares.expected(key, sequence), Double::sum);
    }

    private boolean hasPlace() {
        return picked.size() < snapshot.limits().maxBatch();
    }

    /** Whether it runs already, or its whole prompt fits beside what all others need. */
    private boolean fits(SequenceView sequence) {
        if (sequence.holdsBlocks()) {
            return true;
        }
        int needed = sequence.blocksToNextToken(snapshot.limits()) + 1;
        int most = spareBlocks + reclaimable.stream().mapToInt(SequenceView::soleBlocks).sum();
        if (most < needed) {
            return false;
        }
        while (spareBlocks < needed) {
            var victim = reclaimable.removeFirst();
            spareBlocks += victim.soleBlocks();
            reclaimed.add(victim);
        }
        spareBlocks -= needed;
        return true;
    }
}
