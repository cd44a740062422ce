package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A step being planned: rows given to sequences, which are known by their index in the order of
 * their priority, and blocks still free. The first takes part whether it holds blocks or not. All
 * others of the snapshot are bystanders: they pause with what they hold, or lose it.
 */
final class StepDraft {
    /** Steps that a prompt has to spare when it becomes urgent. */
    private static final int URGENT_STEPS = 2;

    private final Snapshot snapshot;
    private final TokenBudget budget;
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

    /** One in which only the first is sure of a row. */
    StepDraft(Snapshot snapshot, List<SequenceView> order) {
        this(snapshot, order, 1);
    }

    /**
     * @param order those that may run, by priority
     * @param sure so many of the first, and at least one, get a row each before anybody gets more
     */
    StepDraft(Snapshot snapshot, List<SequenceView> order, int sure) {
        this.snapshot = snapshot;
        this.order = order;
        this.sure = Math.min(Math.max(1, sure), order.size());
        budget = TokenBudget.of(snapshot, sure);
        limits = snapshot.limits();
        bystanders = others(snapshot.sequences(), order);
        reclaimed = new ReclaimedBlocks(snapshot.sequences());
        freeBlocks = snapshot.freeBlocks();
        rows = new int[order.size()];
        blocks = order.stream().mapToInt(v -> v.blocks() + v.heldPrefixBlocks()).toArray();
        slots = limits.maxBatch();
        tokens = budget.rows();
    }

    private static List<SequenceView> others(List<SequenceView> all, List<SequenceView> order) {
        if (order.size() == all.size()) {
            return List.of();
        }
        var ids = new HashSet<Long>();
        order.forEach(v -> ids.add(v.id()));
        return all.stream().filter(v -> !ids.contains(v.id())).toList();
    }

    int size() {
        return rows.length;
    }

    /** So many of the first get a row each before anybody gets more. */
    int sure() {
        return sure;
    }

    /** Sequences that a step can have. */
    int places() {
        return limits.maxBatch();
    }

    int pending(int i) {
        return order.get(i).pending();
    }

    AdapterRef adapter(int i) {
        return order.get(i).adapter();
    }

    boolean hasRows(int i) {
        return rows[i] > 0;
    }

    /** Whether it takes part already: it holds blocks, has rows, or is the first. */
    boolean isIn(int i) {
        return i == 0 || rows[i] > 0 || order.get(i).blocks() > 0;
    }

    /** Token rows that nobody was given. */
    int rowsLeft() {
        return tokens;
    }

    /**
     * Whether {@code i} gets its first token in time only if it gets all the rows it can from now
     * on.
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

    /** Whether all of the first {@code count} get all the rows they can run. */
    boolean areServed(int count) {
        return IntStream.range(0, count).allMatch(i -> rows[i] == order.get(i).runnable());
    }

    /** Gives {@code i} so many more rows, or as many as it has pending and the budgets allow. */
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

    /** How many of the first {@code count} take part already. */
    int members(int count) {
        return (int) IntStream.range(0, count).filter(this::isIn).count();
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
     * Takes the blocks of the youngest bystander that holds some, or else of the last holder after
     * {@code i}; false if there is none.
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

    /** Takes the blocks of {@code sequence}, which gets no rows in this step. */
    void preempt(SequenceView sequence) {
        reclaimed.preempt(sequence);
    }

    void shrinkToFreeBlocks(int i) {
        int room = (blocks[i] + free()) * limits.blockTokens() - order.get(i).start();
        rows[i] = Math.clamp(room, 0, rows[i]);
    }

    /**
     * Free blocks beyond those that the known tokens and the next ones of the members among the
     * first {@code count} will need.
     */
    int uncommittedBlocks(int count) {
        return free()
                - IntStream.range(0, count).filter(this::isIn).map(this::blocksToNextToken).sum();
    }

    /** Blocks that {@code i} lacks for its known tokens and the next one. */
    int blocksToNextToken(int i) {
        return order.get(i).blocksToNextToken(limits);
    }

    /** Those that run are in the order of priority. */
    StepPlan toPlan(Mode mode, Mode target) {
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

    /** Whether somebody loses its blocks. */
    boolean preempts() {
        return reclaimed.blocks() > 0;
    }

    /** Those that run. */
    List<SequenceView> batch() {
        return IntStream.range(0, size()).filter(i -> rows[i] > 0).mapToObj(order::get).toList();
    }

    private boolean isHolder(SequenceView sequence) {
        return sequence.blocks() > 0 && !reclaimed.isPreempted(sequence);
    }

    /** A prefix that one coming in takes over does not come free with its holders of now. */
    private int free() {
        int pinned = 0;
        for (int i = 0; i < size(); i++) {
            pinned += rows[i] > 0 ? order.get(i).heldPrefixBlocks() : 0;
        }
        return freeBlocks + Math.max(0, reclaimed.blocks() - pinned) - taken;
    }

    private int missingBlocks(int i) {
        return rows[i] == 0
                ? 0
                : Math.max(0, limits.blocksFor(order.get(i).start() + rows[i]) - blocks[i]);
    }
}
