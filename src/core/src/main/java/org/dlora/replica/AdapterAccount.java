package org.dlora.replica;

import static org.dlora.replica.kv.Invariant.require;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.Backlog;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.OutputLengths;
import org.jspecify.annotations.Nullable;

/**
 * Account of the requests of one adapter, or of the base model. It counts unfinished sequences,
 * queues the waiting ones and averages the lengths of answers. Policies see it as an {@link
 * AdapterView}. It changes with the sequences, so adapters without work cost a step nothing.
 */
final class AdapterAccount {
    private final long order;
    private final AdapterRef adapter;
    private final String name;
    private final String content;
    private final LoraFacts lora;
    private final MergeStanding merging;
    private final NavigableMap<Long, Sequence> waiting = new TreeMap<>();
    private final FlowAccounts flows = new FlowAccounts();
    private int unfinished;
    private long waitingTokens;
    private OutputLengths outputs = OutputLengths.NONE;
    private @Nullable AdapterView view;
    private boolean isLeaving;

    private AdapterAccount(
            long order,
            AdapterRef adapter,
            String name,
            String content,
            LoraFacts lora,
            @Nullable MergeRules rules) {
        this.order = order;
        this.adapter = adapter;
        this.name = name;
        this.content = content;
        this.lora = lora;
        merging = new MergeStanding(rules);
    }

    /**
     * @param order its place in the order of loading
     */
    static AdapterAccount of(long order, AdapterProfile profile) {
        return new AdapterAccount(
                order,
                AdapterRef.of(profile.id()),
                profile.name(),
                profile.content(),
                profile.lora(),
                profile.rules());
    }

    /** Returns the account of the base model. */
    static AdapterAccount ofBase() {
        return new AdapterAccount(
                -1,
                AdapterRef.base(),
                "",
                "",
                LoraFacts.NONE,
                MergeRules.never("it cannot be merged"));
    }

    long order() {
        return order;
    }

    AdapterRef adapter() {
        return adapter;
    }

    /** Returns its name for clients; empty for the base model. */
    String name() {
        return name;
    }

    /** Returns the hash of its content; empty for the base model. */
    String content() {
        return content;
    }

    LoraFacts lora() {
        return lora;
    }

    /** Returns whether it takes no requests: it is leaving, or was evicted. */
    boolean isLeaving() {
        return isLeaving;
    }

    /** Notes that it is to be unloaded once its last sequence has ended. */
    void leave() {
        isLeaving = true;
    }

    /** Notes that it is loaded again. */
    void comeBack() {
        isLeaving = false;
        merging.comeBack();
    }

    void came(Sequence sequence) {
        unfinished++;
        flows.came(sequence);
        view = null;
        place(sequence);
    }

    /** Updates the account after the sequence may have got or lost blocks. */
    void place(Sequence sequence) {
        if (sequence.isRunning()) {
            leaveQueue(sequence);
        } else if (waiting.putIfAbsent(sequence.id(), sequence) == null) {
            waitingTokens += sequence.tokens().size();
            flows.wait(sequence);
            view = null;
        }
    }

    void left(Sequence sequence) {
        leaveQueue(sequence);
        unfinished--;
        flows.left(sequence);
        view = null;
    }

    private void leaveQueue(Sequence sequence) {
        if (waiting.remove(sequence.id()) != null) {
            waitingTokens -= sequence.tokens().size();
            flows.leaveQueue(sequence);
            view = null;
        }
    }

    /** Counts the length of a finished answer. */
    void answered(int outputTokens) {
        outputs = outputs.plus(outputTokens);
        view = null;
    }

    /** Returns whether it may be merged now. */
    MergeStanding merging() {
        return merging;
    }

    /** Returns whether one of its sequences holds blocks. */
    boolean isRunning() {
        return unfinished > waiting.size();
    }

    /** Returns whether one of its sequences holds no blocks. */
    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    boolean hasWork() {
        return unfinished > 0;
    }

    /** Returns the oldest sequences that hold no blocks and may begin, oldest first. */
    Stream<Sequence> oldestWaiting(int most) {
        return waiting.values().stream().filter(s -> !s.isHeld()).limit(most);
    }

    /** Returns its sequences by team. */
    FlowAccounts flows() {
        return flows;
    }

    /**
     * Returns the policy's view of it.
     *
     * @param mayMerge whether the policy may want to merge
     * @param weight weight of its service against others
     */
    AdapterView view(double now, boolean mayMerge, double weight) {
        var known = view;
        var seen = merging.seen(mayMerge, now);
        if (known == null
                || known.weight() != weight
                || !(adapter.isBase() || seen.equals(known.rules()))) {
            known = newView(seen, weight);
            view = known;
        }
        return known;
    }

    private AdapterView newView(MergeRules seen, double weight) {
        var backlog = backlog();
        return adapter.isBase()
                ? AdapterView.base(weight, backlog, outputs)
                : new AdapterView(adapter, lora, seen, weight, backlog, outputs);
    }

    private Backlog backlog() {
        return new Backlog(unfinished, unfinished - waiting.size(), waitingTokens);
    }

    /**
     * Checks the counts.
     *
     * @param sequences all unfinished sequences of the adapter
     * @throws IllegalStateException if the sequences disagree
     */
    void verify(List<Sequence> sequences) {
        flows.verify(sequences);
        int count = 0;
        int queued = 0;
        long tokens = 0;
        for (var sequence : sequences) {
            count++;
            if (!sequence.isRunning()) {
                queued++;
                tokens += sequence.tokens().size();
            }
        }
        var expected = new Backlog(count, count - queued, tokens);
        var counted = backlog();
        require(
                counted.equals(expected),
                () -> "of %s %s are counted as %s".formatted(adapter, expected, counted));
    }
}
