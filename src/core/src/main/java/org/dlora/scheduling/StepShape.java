package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The counts that determine the time of a step. In a mixed step the correction by the merged
 * adapter is a group too. That group has the size of the merged adapter and the rows of all others.
 *
 * @param prefillRows rows of sequences that run several
 * @param decodeRows rows of sequences that run one, for an answer or for a prompt: to the device
 *     they are the same
 * @param context positions that decode rows attend to, summed
 * @param prefillContext positions that prefill rows attend to, summed over rows
 * @param groups LoRA groups
 * @param greedyRows rows whose next token is the one with the largest logit
 * @param sampledRows rows all of whose logits are read: tokens are drawn or penalised, or
 *     log-probabilities are wanted
 */
public record StepShape(
        int prefillRows,
        int decodeRows,
        long context,
        long prefillContext,
        List<Group> groups,
        int greedyRows,
        int sampledRows) {
    /** The rows that get one adapter's LoRA term. */
    public record Group(LoraFacts lora, int rows) {}

    public StepShape {
        groups = List.copyOf(groups);
    }

    /** Creates the shape of a step that wants no logits. */
    public StepShape(
            int prefillRows,
            int decodeRows,
            long context,
            long prefillContext,
            List<Group> groups) {
        this(prefillRows, decodeRows, context, prefillContext, groups, 0, 0);
    }

    /** Returns the shape of a plan in its mode. */
    public static StepShape of(Snapshot snapshot, StepPlan plan) {
        var loras = new HashMap<AdapterRef, LoraFacts>();
        snapshot.adapters().forEach(view -> loras.put(view.id(), view.lora()));
        return of(snapshot, plan, ref -> loras.getOrDefault(ref, LoraFacts.NONE));
    }

    public static StepShape of(SnapshotIndex index, StepPlan plan) {
        return of(index.snapshot(), plan, index::lora);
    }

    private static StepShape of(
            Snapshot snapshot, StepPlan plan, Function<AdapterRef, LoraFacts> loras) {
        var shape = new Builder(loras, plan.mode());
        PlannedRows.of(snapshot, plan)
                .forEach(planned -> shape.add(planned.sequence(), planned.rows()));
        return shape.build();
    }

    /** Returns this shape without LoRA groups. */
    public StepShape withoutGroups() {
        return new StepShape(
                prefillRows,
                decodeRows,
                context,
                prefillContext,
                List.of(),
                greedyRows,
                sampledRows);
    }

    public int rows() {
        return prefillRows + decodeRows;
    }

    /** Returns the LoRA groups in {@code mode}, given the rows of each adapter. */
    public static List<Group> groups(
            Map<AdapterRef, Integer> rows, Function<AdapterRef, LoraFacts> loras, Mode mode) {
        var groups = new ArrayList<Group>();
        int corrected = 0;
        for (var entry : rows.entrySet()) {
            var lora = loras.apply(entry.getKey());
            if (!mode.isMerged(entry.getKey())) {
                corrected += entry.getValue();
                if (lora.elements() > 0) {
                    groups.add(new Group(lora, entry.getValue()));
                }
            }
        }
        if (mode instanceof Mode.Merged(var merged) && corrected > 0) {
            groups.add(new Group(loras.apply(AdapterRef.of(merged)), corrected));
        }
        return groups;
    }

    /** A counter of a step's rows. */
    public static final class Builder {
        private final Function<AdapterRef, LoraFacts> loras;
        private final Mode mode;
        private final Map<AdapterRef, Integer> rows = new LinkedHashMap<>();
        private int prefillRows;
        private int decodeRows;
        private long context;
        private long prefillContext;
        private int greedyRows;
        private int sampledRows;

        public Builder(Function<AdapterRef, LoraFacts> loras, Mode mode) {
            this.loras = loras;
            this.mode = mode;
        }

        public void add(SequenceView sequence, int more) {
            long first = sequence.start();
            if (more == 1) {
                decodeRows++;
                context += first + 1;
            } else {
                prefillRows += more;
                prefillContext += more * first + (long) more * (more + 1) / 2;
            }
            rows.merge(sequence.adapter(), more, Integer::sum);
            int next = more == sequence.pending() ? 1 : 0;
            greedyRows += sequence.request().greedy() ? next : 0;
            sampledRows += sequence.promptLogits(more) + (sequence.request().greedy() ? 0 : next);
        }

        public StepShape build() {
            return new StepShape(
                    prefillRows,
                    decodeRows,
                    context,
                    prefillContext,
                    groups(rows, loras, mode),
                    greedyRows,
                    sampledRows);
        }
    }
}
