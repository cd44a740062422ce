package org.dlora.scheduling.step;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.dlora.scheduling.Flow;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;

/**
 * A step under construction: the rows given to sequences, the blocks still free, and the sequences
 * to preempt. It becomes a {@link StepPlan}. Sequences are known by their index in the order of
 * priority.
 *
 * <p>A <i>member</i> of the step holds blocks, has rows, or is the first of the order. A
 * <i>bystander</i> holds blocks and is not in the order. It is paused with its blocks, or preempted
 * if members need them.
 */
public final class StepDraft {
    /** Number of steps to spare at which a prompt becomes urgent. */
    private static final int URGENT_STEPS = 2;

    private final Snapshot snapshot;
    private final StepRowBudget budget;
    private final List<SequenceView> order;
    private final List<SequenceView> bystanders;
    private final StepLimits limits;
    private final ReclaimedBlocks reclaimed;
    private final int freeBlocks;
    private final int sure;
    private final int[] rows;
    private final int[] blocks;
    private int taken;
    private int slots;
    private int tokens;
    private int promptLogits = StepLimits.PROMPT_LOGIT_ROWS;

    /** Creates a draft in which only the first sequence is assured of a row. */
    public StepDraft(SnapshotIndex index, List<SequenceView> order, Mode mode) {
        this(index, order, 1, mode);
    }

    /**
     * Creates a draft.
     *
     * @param order sequences that may run, by priority
     * @param sure number of the first sequences, at least one, that get a row each before any gets
     *     more
     * @param mode mode that the step will run in
     */
    public StepDraft(SnapshotIndex index, List<SequenceView> order, int sure, Mode mode) {
        snapshot = index.snapshot();
        this.order = order;
        this.sure = Math.min(Math.max(1, sure), order.size());
        budget = StepRowBudget.of(index, order, sure, mode);
        limits = snapshot.limits();
        bystanders = others(index.holders(), order);
        reclaimed = new ReclaimedBlocks(index.holders());
        freeBlocks = snapshot.freeBlocks();
        rows = new int[order.size()];
        blocks = new int[order.size()];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = order.get(i).blocks() + order.get(i).heldPrefixBlocks();
        }
        slots = limits.maxBatch();
        tokens = budget.rows();
    }

    private static List<SequenceView> others(List<SequenceView> holders, List<SequenceView> order) {
        var ids = new HashSet<Long>();
        for (var sequence : order) {
            if (sequence.holdsBlocks()) {
                ids.add(sequence.id());
            }
        }
        return ids.size() == holders.size()
                ? List.of()
                : holders.stream().filter(v -> !ids.contains(v.id())).toList();
    }

    int size() {
        return rows.length;
    }

    /** Returns the number of the first sequences that get a row each before any gets more. */
    int sure() {
        return sure;
    }

    /** Returns the most sequences that a step can have. */
    int places() {
        return limits.maxBatch();
    }

    int pending(int i) {
        return order.get(i).pending();
    }

    /** Returns the flow of a sequence, by adapter alone where the policy does not count teams. */
    Flow flow(int i) {
        var sequence = order.get(i);
        return snapshot.teams().isEmpty() ? Flow.of(sequence.adapter()) : sequence.flow();
    }

    boolean hasRows(int i) {
        return rows[i] > 0;
    }

    /** Returns whether a sequence is a member: it holds blocks, has rows, or is the first. */
    boolean isIn(int i) {
        return i == 0 || rows[i] > 0 || order.get(i).blocks() > 0;
    }

    /** Returns the token rows that are not given yet. */
    int rowsLeft() {
        return tokens;
    }

    /**
     * Returns whether {@code i} gets its first token in time only with every row that it can get
     * from now on.
     */
    boolean isUrgent(int i) {
        var sequence = order.get(i);
        double ttft = snapshot.slo().ttft();
        if (ttft == Double.POSITIVE_INFINITY
                || sequence.tokens() > sequence.request().promptTokens()) {
            return false;
        }
        double steps = Math.ceilDiv(sequence.pending(), Math.max(1, tokens));
        double end = snapshot.now() - sequence.request().arrivedAt() + steps * budget.seconds();
        return end <= ttft && end + URGENT_STEPS * budget.seconds() > ttft;
    }

    /** Returns whether each of the first {@code count} sequences has all the rows it can run. */
    boolean areServed(int count) {
        for (int i = 0; i < count; i++) {
            if (rows[i] != order.get(i).runnable()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Gives {@code i} up to {@code wanted} more rows, as its pending rows and the budgets allow.
     */
    void addRows(int i, int wanted) {
        var sequence = order.get(i);
        int logits = sequence.promptLogits(rows[i]);
        int most = Math.min(pending(i), Math.max(rows[i], sequence.plainRows()) + promptLogits);
        int more = Math.min(Math.min(wanted, most - rows[i]), tokens);
        if (more <= 0 || (rows[i] == 0 && slots == 0) || reclaimed.isPreempted(sequence)) {
            return;
        }
        slots -= rows[i] == 0 ? 1 : 0;
        tokens -= more;
        rows[i] += more;
        promptLogits -= sequence.promptLogits(rows[i]) - logits;
    }

    /** Returns how many of the first {@code count} sequences are members. */
    int members(int count) {
        int members = 0;
        for (int i = 0; i < count; i++) {
            members += isIn(i) ? 1 : 0;
        }
        return members;
    }

    boolean lacksBlocks(int i) {
        int missing = missingBlocks(i);
        return missing > 0 && missing > free();
    }

    void takeBlocks(int i) {
        int missing = missingBlocks(i);
        taken += missing;
        blocks[i] += missing;
    }

    /**
     * Preempts the youngest bystander that holds blocks, or else the last holder after {@code i}.
     * Returns false if there is none.
     */
    boolean preemptFor(int i) {
        for (var bystander : bystanders.reversed()) {
            if (isHolder(bystander)) {
                reclaimed.preempt(bystander);
                return true;
            }
        }
        for (int j = size() - 1; j > i; j--) {
            if (isHolder(order.get(j))) {
                reclaimed.preempt(order.get(j));
                rows[j] = 0;
                return true;
            }
        }
        return false;
    }

    /** Preempts {@code sequence}, which gets no rows in this step. */
    public void preempt(SequenceView sequence) {
        reclaimed.preempt(sequence);
    }

    void shrinkToFreeBlocks(int i) {
        int room = (blocks[i] + free()) * limits.blockTokens() - order.get(i).start();
        rows[i] = Math.clamp(room, 0, rows[i]);
    }

    /**
     * Returns the free blocks beyond the needs of the members among the first {@code count}. A
     * member needs blocks for its known tokens and the next one.
     */
    int uncommittedBlocks(int count) {
        int blocksLeft = free();
        for (int i = 0; i < count; i++) {
            blocksLeft -= isIn(i) ? blocksToNextToken(i) : 0;
        }
        return blocksLeft;
    }

    /** Returns the blocks that {@code i} lacks for its known tokens and the next one. */
    int blocksToNextToken(int i) {
        return order.get(i).blocksToNextToken(limits);
    }

    /** Returns the plan, in which sequences run in the order of priority. */
    public StepPlan toPlan(Mode mode, Mode target) {
        var preempt = new ArrayList<SequenceView>();
        bystanders.stream().filter(reclaimed::isPreempted).forEach(preempt::add);
        var run = new ArrayList<StepPlan.Run>();
        for (int i = 0; i < size(); i++) {
            if (reclaimed.isPreempted(order.get(i))) {
                preempt.add(order.get(i));
            } else if (rows[i] > 0) {
                run.add(new StepPlan.Run(order.get(i).id(), rows[i]));
            }
        }
        return new StepPlan(mode, target, preempt.stream().map(SequenceView::id).toList(), run);
    }

    /** Returns whether a sequence is preempted. */
    public boolean preempts() {
        return reclaimed.blocks() > 0;
    }

    /** Returns the sequences that have rows. */
    public List<SequenceView> batch() {
        var batch = new ArrayList<SequenceView>();
        for (int i = 0; i < size(); i++) {
            if (rows[i] > 0) {
                batch.add(order.get(i));
            }
        }
        return batch;
    }

    private boolean isHolder(SequenceView sequence) {
        return sequence.blocks() > 0 && !reclaimed.isPreempted(sequence);
    }

    /**
     * Returns the free blocks. A cached prefix that an admitted sequence takes over stays held when
     * its present holders are preempted.
     */
    private int free() {
        int returned = reclaimed.blocks();
        for (int i = 0; returned > 0 && i < size(); i++) {
            returned -= rows[i] > 0 ? order.get(i).heldPrefixBlocks() : 0;
        }
        return freeBlocks + Math.max(0, returned) - taken;
    }

    private int missingBlocks(int i) {
        return rows[i] == 0
                ? 0
                : Math.max(0, limits.blocksFor(order.get(i).start() + rows[i]) - blocks[i]);
    }
}
