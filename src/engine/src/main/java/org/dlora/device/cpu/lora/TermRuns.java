package org.dlora.device.cpu.lora;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.dlora.device.LoraTerm;
import org.dlora.device.arguments.TermArguments;

/** Outputs that the terms of a group share. */
final class TermRuns {
    private TermRuns() {}

    /**
     * Returns the terms cut into runs that have no outputs in common. So the order matters only
     * within a run.
     *
     * @return indices of terms, ascending within a run
     */
    static List<List<Integer>> runs(List<? extends LoraTerm> terms) {
        var runs = new ArrayList<List<Integer>>();
        for (int i = 0; i < terms.size(); i++) {
            var term = terms.get(i);
            var run = new TreeSet<>(Set.of(i));
            runs.removeIf(other ->
                    other.stream().anyMatch(j -> TermArguments.overlap(terms.get(j), term))
                            && run.addAll(other));
            runs.add(List.copyOf(run));
        }
        return runs;
    }

    /** Returns whether all have the same outputs. */
    static boolean alike(List<LoraTerm> terms) {
        return terms.stream().allMatch(term -> alike(term, terms.getFirst()));
    }

    private static boolean alike(LoraTerm one, LoraTerm other) {
        return TermArguments.firstOutput(one) == TermArguments.firstOutput(other)
                && TermArguments.outputs(one) == TermArguments.outputs(other);
    }
}
