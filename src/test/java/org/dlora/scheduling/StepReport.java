package org.dlora.scheduling;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A step that has run, as the policy saw and decided it.
 *
 * @param start seconds
 * @param end seconds, with the building of merged weights after it
 * @param rows by adapter; the base model's name is empty
 * @param service by adapter, with the default weights of tokens
 * @param waiting adapters with rows that did not run
 */
record StepReport(
        double start,
        double end,
        Snapshot snapshot,
        Decision<?> decision,
        Map<String, Integer> rows,
        Map<String, Double> service,
        Set<String> waiting) {
    /** Tells how many tokens of a sequence had been computed before it was last preempted. */
    interface ComputedOnce {
        int of(long sequence);
    }

    static StepReport of(
            double start,
            double end,
            Snapshot snapshot,
            Decision<?> decision,
            ComputedOnce computedOnce) {
        var rows = new HashMap<String, Integer>();
        var service = new HashMap<String, Double>();
        var done = new HashMap<String, Integer>();
        for (var run : decision.plan().run()) {
            var view = snapshot.sequence(run.sequence());
            var adapter = name(view.adapter());
            int known = computedOnce.of(view.id());
            rows.merge(adapter, run.rows(), Integer::sum);
            service.merge(
                    adapter, DloraSettings.DEFAULT.service(view, run.rows(), known), Double::sum);
            done.merge(adapter, run.rows() == view.runnable() ? 1 : 0, Integer::sum);
        }
        var waiting =
                snapshot.adapters().stream()
                        .filter(view ->
                                done.getOrDefault(name(view.id()), 0) < view.backlog().unfinished())
                        .map(view -> name(view.id()))
                        .collect(Collectors.toSet());
        return new StepReport(start, end, snapshot, decision, rows, service, waiting);
    }

    private static String name(AdapterRef adapter) {
        return adapter.isBase() ? "" : adapter.toString();
    }
}
