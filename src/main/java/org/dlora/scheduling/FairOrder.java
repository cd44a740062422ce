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
 * The priority order in which {@link DloraPolicy} gives places, rows and blocks of a step to
 * sequences. {@link FairShares} says which adapters are entitled, overdue or ahead.
 *
 * <ol>
 *   <li>The oldest request of each overdue adapter.
 *   <li>Of each entitled adapter its oldest sequences with blocks, as many as ran in the last step.
 *       So none is paused without need.
 *   <li>One by one, the oldest request of the entitled adapter with the smallest lead, until the
 *       step's places are taken.
 *   <li>Sequences of adapters that are ahead, if every entitled request has a place.
 * </ol>
 *
 * <p>A waiting request gets a place only if its tokens fit beside all that block holders of
 * entitled adapters still need. To make room, sequences of adapters that are ahead are preempted,
 * and no others. Two requests that do not fit together therefore take turns, but not in each step:
 * the running one is preempted only once its adapter is ahead.
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

    /** An adapter's sequences, oldest first, and its lead including the picked ones. */
    private final class Queue {
        private final AdapterRef adapter;
        private final int rank;
        private final List<SequenceView> sequences;
        private double lead;
        private int next;
        private int nextHolder;

        /**
         * @param rank order of its oldest request, the smaller the older
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

        /** Returns the oldest sequence that is neither picked nor held back. */
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

    /** Returns the sequences by priority; the first {@link #entitled} are the entitled ones. */
    List<SequenceView> order() {
        var order = new ArrayList<>(overdue);
        order.addAll(holders);
        order.addAll(newcomers);
        order.addAll(others);
        return order;
    }

    /** Returns the number of overdue sequences, which come first. */
    int overdue() {
        return overdue.size();
    }

    int entitled() {
        return overdue.size() + holders.size() + newcomers.size();
    }

    /** Returns the sequences that are preempted to admit others. */
    List<SequenceView> reclaimed() {
        return reclaimed;
    }

    /**
     * Picks the oldest request of each overdue adapter. The first one that finds no blocks holds
     * back waiting requests that are not overdue, and no others.
     */
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

    /** Picks the oldest sequences of each adapter, as many as it had running. */
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
                // No request is admitted before one that does not fit; running ones stay selected.
                tooLarge = head;
            }
            turns.add(queue);
        }
    }

    private boolean hasPlace() {
        return picked.size() < limits.maxBatch();
    }

    /**
     * Returns whether a sequence holds blocks, or its whole prompt fits beside the needs of all
     * others.
     */
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

    /** Returns all selectable sequences of adapters that are ahead, by lead. */
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
