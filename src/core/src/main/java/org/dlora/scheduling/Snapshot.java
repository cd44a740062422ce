package org.dlora.scheduling;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A policy's view of its replica at a step boundary. A decision depends on it and on the policy's
 * state alone.
 *
 * @param now seconds since some fixed moment
 * @param sequences all that hold blocks, and the {@link StepLimits#maxBatch} oldest waiting ones of
 *     each adapter, or of each flow for a policy that counts teams; oldest first. A policy that
 *     selects by arrival alone needs only as many waiting ones as a step has places left, at least
 *     one. Choices that wait for the prompt of their call are left out
 * @param freeBlocks cache blocks that no sequence holds, cached prefixes among them
 * @param adapters the base model and the loaded adapters that have unfinished requests, in the
 *     order in which they were loaded; their backlogs count requests beyond those in {@code
 *     sequences}
 * @param loaded the base model and all loaded adapters, with requests or without, evicted ones
 *     among them. The set never changes; a load or unload makes another object
 * @param outputs lengths of the answers of all models so far
 * @param costs cost model of the replica's device
 * @param teams the teams that have unfinished requests, the group without a team among them; empty
 *     if no request has a team, and for a policy that does not count teams
 */
public record Snapshot(
        double now,
        List<SequenceView> sequences,
        int freeBlocks,
        StepLimits limits,
        MergeView merge,
        List<AdapterView> adapters,
        Set<AdapterRef> loaded,
        OutputLengths outputs,
        SloLimits slo,
        CostModel costs,
        List<TeamView> teams) {

    public Snapshot {
        sequences = List.copyOf(sequences);
        adapters = List.copyOf(adapters);
        teams = List.copyOf(teams);
    }

    /** Creates a snapshot of requests without teams. */
    public Snapshot(
            double now,
            List<SequenceView> sequences,
            int freeBlocks,
            StepLimits limits,
            MergeView merge,
            List<AdapterView> adapters,
            Set<AdapterRef> loaded,
            OutputLengths outputs,
            SloLimits slo,
            CostModel costs) {
        this(
                now,
                sequences,
                freeBlocks,
                limits,
                merge,
                adapters,
                loaded,
                outputs,
                slo,
                costs,
                List.of());
    }

    /**
     * Returns the sequence {@code id}.
     *
     * @throws IllegalArgumentException if the snapshot does not show it
     */
    public SequenceView sequence(long id) {
        return find(id).orElseThrow(() ->
                new IllegalArgumentException("No sequence %d is shown".formatted(id)));
    }

    /** Returns the sequence {@code id}, if the snapshot shows it. */
    public Optional<SequenceView> find(long id) {
        int from = 0;
        int to = sequences.size() - 1;
        while (from <= to) {
            int middle = (from + to) >>> 1;
            var sequence = sequences.get(middle);
            if (sequence.id() == id) {
                return Optional.of(sequence);
            }
            from = sequence.id() < id ? middle + 1 : from;
            to = sequence.id() < id ? to : middle - 1;
        }
        // Ids need not be in the order of age.
        return sequences.stream().filter(v -> v.id() == id).findFirst();
    }

    /** Creates a snapshot for policies that look at sequences only. */
    public Snapshot(List<SequenceView> sequences, int freeBlocks, StepLimits limits) {
        this(
                0,
                sequences,
                freeBlocks,
                limits,
                MergeView.UNMERGED,
                List.of(),
                Set.of(),
                OutputLengths.NONE,
                SloLimits.NONE,
                CostModel.UNCALIBRATED);
    }
}
