package org.dlora.scheduling;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
    private final SnapshotIndex index;
    private final FairShares shares;
    private final StepLimits limits;
    private final Map<AdapterRef, Queue> queues = new LinkedHashMap<>();
    private final Set<AdapterRef> ahead = new LinkedHashSet<>();
    private final Deque<SequenceView> reclaimable = new ArrayDeque<>();
    private final List<SequenceView> reclaimed = new ArrayList<>();
    private final Set<Long> picked = new HashSet<>();
    private final List<SequenceView> overdue = new ArrayList<>();
    private final List<SequenceView> holders = new ArrayList<>();
    private final List<SequenceView> newcomers = new ArrayList<>();
    private final List<SequenceView> others;
    private @Nullable SequenceView tooLarge;
    private int spareBlocks;

    /** The sequences of an adapter, oldest first, and its lead with what has been picked of it. */
    private final class Queue {
        private final AdapterRef adapter;
        private final int rank;
        private final List<SequenceView> sequences;
        private double lead;
        private int next;
        private int nextHolder;

        /**
         * @param rank the smaller the older its oldest request is
         */
        Queue(AdapterRef adapter, int rank) {
            this.adapter = adapter;
            this.rank = rank;
            sequences = index.sequences(adapter);
            lead = shares.lead(adapter);
        }

        double lead() {
            return lead;
        }

        int rank() {
            return rank;
        }

        /** The oldest that is neither picked nor kept out. */
        @Nullable SequenceView head() {
            while (next < sequences.size() && !isEligible(sequences.get(next))) {
                next++;
            }
            return next < sequences.size() ? sequences.get(next) : null;
        }

        private boolean isEligible(SequenceView sequence) {
            return (tooLarge == null || sequence.holdsBlocks()) && !picked.contains(sequence.id());
        }

        @Nullable SequenceView oldestHolder() {
            while (nextHolder < sequences.size() && !isPickable(sequences.get(nextHolder))) {
                nextHolder++;
            }
            return nextHolder < sequences.size() ? sequences.get(nextHolder) : null;
        }

        private boolean isPickable(SequenceView sequence) {
            return sequence.holdsBlocks() && !picked.contains(sequence.id());
        }

        void pick(SequenceView sequence, List<SequenceView> as) {
            as.add(sequence);
            picked.add(sequence.id());
            lead += shares.expected(adapter, sequence);
        }
    }

    /**
     * @param only the adapter whose requests run alone, null for all
     */
    FairOrder(SnapshotIndex index, FairShares shares, @Nullable AdapterRef only) {
        this.index = index;
        this.shares = shares;
        limits = index.snapshot().limits();
        spareBlocks = index.snapshot().freeBlocks();
        for (var adapter : index.byAge()) {
            if (!shares.isEntitled(adapter)) {
                ahead.add(adapter);
            } else if (only == null || only.equals(adapter)) {
                queues.put(adapter, new Queue(adapter, queues.size()));
            }
        }
        index.holders().forEach(this::account);
        pickOverdue();
        pickRunning();
        pickByService();
        if (picked.isEmpty() && tooLarge != null) {
            newcomers.add(tooLarge);
        }
        others =
                only != null || shares.entitledRequests() > picked.size()
                        ? List.of()
                        : thoseAhead();
    }

    private void account(SequenceView holder) {
        if (queues.containsKey(holder.adapter())) {
            spareBlocks -= holder.blocksToNextToken(limits) + 1;
        } else if (ahead.contains(holder.adapter())) {
            reclaimable.addFirst(holder);
        }
    }

    /** By priority; the first {@link #entitled} go before all others. */
    List<SequenceView> order() {
        var order = new ArrayList<>(overdue);
        order.addAll(holders);
        order.addAll(newcomers);
        order.addAll(others);
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

    /** A request that finds no blocks keeps out requests that are not overdue, and no others. */
    private void pickOverdue() {
        SequenceView withoutRoom = null;
        for (var adapter : shares.overdue()) {
            var queue = queues.get(adapter);
            var head = queue == null ? null : queue.head();
            if (queue != null && head != null && hasPlace()) {
                if (fits(head)) {
                    queue.pick(head, overdue);
                } else if (withoutRoom == null) {
                    withoutRoom = head;
                }
            }
        }
        tooLarge = withoutRoom;
    }

    /** As many of each adapter as ran before, its oldest ones. */
    private void pickRunning() {
        for (var sequence : index.holders()) {
            var queue = queues.get(sequence.adapter());
            if (queue != null
                    && shares.isRunning(sequence)
                    && !picked.contains(sequence.id())
                    && hasPlace()) {
                var holder = queue.oldestHolder();
                if (holder != null) {
                    queue.pick(holder, holders);
                }
            }
        }
    }

    private void pickByService() {
        if (!hasPlace()) {
            return;
        }
        var turns =
                new PriorityQueue<Queue>(
                        comparingDouble(Queue::lead).thenComparingInt(Queue::rank));
        turns.addAll(queues.values());
        while (hasPlace() && !turns.isEmpty()) {
            var queue = turns.remove();
            var head = queue.head();
            if (head == null) {
                continue;
            }
            if (head.holdsBlocks()) {
                queue.pick(head, holders);
            } else if (fits(head)) {
                queue.pick(head, newcomers);
            } else {
                // Nobody comes in before one that does not fit, but those that are in go on.
                tooLarge = head;
            }
            turns.add(queue);
        }
    }

    private boolean hasPlace() {
        return picked.size() < limits.maxBatch();
    }

    /** Whether it runs already, or its whole prompt fits beside what all others need. */
    private boolean fits(SequenceView sequence) {
        if (sequence.holdsBlocks()) {
            return true;
        }
        int needed = sequence.blocksToNextToken(limits) + 1;
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

    /** Of adapters that are ahead, all that a step can select, by lead. */
    private List<SequenceView> thoseAhead() {
        var lost = new HashSet<Long>();
        reclaimed.forEach(v -> lost.add(v.id()));
        var leads = new HashMap<AdapterRef, Double>();
        var all = new ArrayList<SequenceView>();
        for (var adapter : ahead) {
            leads.put(adapter, shares.lead(adapter));
            all.addAll(index.sequences(adapter));
        }
        all.removeIf(v -> lost.contains(v.id()));
        all.sort(
                comparingDouble((SequenceView v) -> leads.getOrDefault(v.adapter(), 0.0))
                        .thenComparingLong(SequenceView::arrival));
        int waiting = 0;
        var selectable = new ArrayList<SequenceView>();
        for (var sequence : all) {
            if (sequence.holdsBlocks() || ++waiting <= limits.maxBatch()) {
                selectable.add(sequence);
            }
        }
        return selectable;
    }
}
