package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Runs what a policy plans, in steps without time: sequences arrive, advance, end. */
final class VirtualReplica {
    private final ArrivalOrderPolicy policy;
    private final StepLimits limits;
    private final int blocks;
    private final Map<Long, Integer> lengths = new HashMap<>();
    private final Map<Long, Integer> firstTokens = new HashMap<>();
    private List<SequenceView> sequences = new ArrayList<>();
    private long arrivals;
    private int steps;
    private int rows;
    private int preemptions;

    VirtualReplica(ArrivalOrderPolicy policy, StepLimits limits, int blocks) {
        this.policy = policy;
        this.limits = limits;
        this.blocks = blocks;
    }

    /** A sequence arrives; returns its number. */
    long arrive(int prompt, int outputs) {
        long id = arrivals++;
        lengths.put(id, prompt + outputs);
        sequences.add(new SequenceView(id, AdapterRef.base(), id, prompt, 0, 0));
        return id;
    }

    void step() {
        int held = sequences.stream().mapToInt(SequenceView::blocks).sum();
        var plan = policy.plan(new Snapshot(sequences, blocks - held, limits));
        var planned = new HashMap<Long, Integer>();
        plan.run().forEach(run -> planned.put(run.sequence(), run.rows()));
        var preempted = new HashSet<>(plan.preempt());
        steps++;
        preemptions += preempted.size();
        rows += planned.values().stream().mapToInt(Integer::intValue).sum();
        var next = new ArrayList<SequenceView>();
        for (var view : sequences) {
            var after =
                    preempted.contains(view.id())
                            ? with(view, view.tokens(), 0)
                            : advanced(view, planned.getOrDefault(view.id(), 0));
            if (after.tokens() < lengths.getOrDefault(view.id(), 0)) {
                next.add(after);
            }
        }
        sequences = next;
    }

    private SequenceView advanced(SequenceView view, int run) {
        int computed = view.computed() + run;
        if (computed < view.tokens()) {
            return with(view, view.tokens(), computed);
        }
        firstTokens.putIfAbsent(view.id(), steps);
        return with(view, view.tokens() + 1, computed);
    }

    private SequenceView with(SequenceView view, int tokens, int computed) {
        return new SequenceView(
                view.id(),
                AdapterRef.base(),
                view.id(),
                tokens,
                computed,
                limits.blocksFor(computed));
    }

    void runToTheEnd() {
        while (unfinished() > 0) {
            step();
        }
    }

    int unfinished() {
        return sequences.size();
    }

    int steps() {
        return steps;
    }

    /** The step after which {@code id} had its first token, 0 if it has none yet. */
    int firstToken(long id) {
        return firstTokens.getOrDefault(id, 0);
    }

    /** Run so far; what preemption lost counts each time. */
    int rows() {
        return rows;
    }

    int preemptions() {
        return preemptions;
    }
}
