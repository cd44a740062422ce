package org.dlora.engine;

import static org.dlora.engine.Invariant.require;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.Backlog;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.OutputLengths;
import org.jspecify.annotations.Nullable;

/**
 * What a replica knows of an adapter, or of the base model, for its policy: how many unfinished
 * sequences it has and which of them wait, and how long its answers were. Kept up to date by
 * whatever changes, so that a step costs nothing for adapters without work.
 */
final class AdapterAccount {
    /** Seconds. */
    private static final double RETRY = 60;

    private static final MergeRules NOT_ASKED = MergeRules.never("the policy never merges");

    private final AdapterRef id;
    private final long number;
    private final AdapterTerms terms;
    private final Map<Long, AdapterAccount> working;
    private final NavigableMap<Long, Sequence> waiting = new TreeMap<>();
    private int unfinished;
    private long waitingTokens;
    private OutputLengths outputs = OutputLengths.NONE;
    private @Nullable AdapterView view;
    private @Nullable String failure;
    private double failedAt;

    /**
     * @param number of the account in the order of loading
     * @param working accounts with unfinished sequences, by number; this one adds and removes
     *     itself
     */
    AdapterAccount(
            AdapterRef id, long number, AdapterTerms terms, Map<Long, AdapterAccount> working) {
        this.id = id;
        this.number = number;
        this.terms = terms;
        this.working = working;
    }

    void came(Sequence sequence) {
        unfinished++;
        working.put(number, this);
        view = null;
        place(sequence);
    }

    /** The sequence may have got blocks, or lost them. */
    void place(Sequence sequence) {
        if (sequence.isRunning()) {
            leaveQueue(sequence);
        } else if (waiting.putIfAbsent(sequence.id(), sequence) == null) {
            waitingTokens += sequence.tokens().size();
            view = null;
        }
    }

    void left(Sequence sequence) {
        leaveQueue(sequence);
        unfinished--;
        if (unfinished == 0) {
            working.remove(number);
        }
        view = null;
    }

    private void leaveQueue(Sequence sequence) {
        if (waiting.remove(sequence.id()) != null) {
            waitingTokens -= sequence.tokens().size();
            view = null;
        }
    }

    /** An answer has come to its end. */
    void answered(int outputTokens) {
        outputs = outputs.plus(outputTokens);
        view = null;
    }

    AdapterTerms terms() {
        return terms;
    }

    /** Merging it failed, so it is left alone for a while. */
    void mergeFailed(String why, double now) {
        failure = "its merged weights could not be built: " + why;
        failedAt = now;
        view = null;
    }

    /** After a while a merge that failed may be tried again. */
    void forgive(double now) {
        if (failure != null && now - failedAt >= RETRY) {
            failure = null;
            view = null;
        }
    }

    private MergeRules rules() {
        return failure == null ? terms.rules() : MergeRules.never(failure);
    }

    boolean hasWork() {
        return unfinished > 0;
    }

    /** The oldest that hold no blocks, oldest first. */
    Stream<Sequence> oldestWaiting(int most) {
        return waiting.values().stream().limit(most);
    }

    /**
     * What a policy sees.
     *
     * @param merging whether it may want to merge; else nobody is asked whether that can be
     * @param weight its share of service against others'
     */
    AdapterView view(boolean merging, double weight) {
        var rules = merging ? rules() : NOT_ASKED;
        var known = view;
        if (known == null
                || known.weight() != weight
                || (!id.isBase() && !rules.equals(known.rules()))) {
            var backlog = new Backlog(unfinished, unfinished - waiting.size(), waitingTokens);
            known =
                    id.isBase()
                            ? AdapterView.base(weight, backlog, outputs)
                            : new AdapterView(id, terms.lora(), rules, weight, backlog, outputs);
            view = known;
        }
        return known;
    }

    /**
     * Checks what it counts.
     *
     * @throws IllegalStateException if {@code sequences}, all that are unfinished, say otherwise
     */
    void verify(Stream<Sequence> sequences) {
        int count = 0;
        int queued = 0;
        long tokens = 0;
        for (var sequence : (Iterable<Sequence>) sequences::iterator) {
            count++;
            if (!sequence.isRunning()) {
                queued++;
                tokens += sequence.tokens().size();
            }
        }
        var expected = new Backlog(count, count - queued, tokens);
        var counted = view(false, 1).backlog();
        require(
                working.containsKey(number) == count > 0,
                () -> "%s is among those with work without any, or not".formatted(id));
        require(
                counted.equals(expected),
                () -> "of %s %s are counted as %s".formatted(id, expected, counted));
    }
}
