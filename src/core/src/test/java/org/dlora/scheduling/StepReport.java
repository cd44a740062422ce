package org.dlora.scheduling;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.scheduling.fair.DloraSettings;

/**
 * A step that has run, as the policy saw and decided it.
 *
 * @param start seconds
 * @param end seconds, with the building of merged weights after it
 * @param rows by adapter; the base model's name is empty
 * @param service by adapter, with the default weights of tokens
 * @param waiting adapters with rows that did not run
 * @param flows the same by flow
 */
public record StepReport(
        double start,
        double end,
        Snapshot snapshot,
        Decision<?> decision,
        Map<String, Integer> rows,
        Map<String, Double> service,
        Set<String> waiting,
        ByFlow flows) {
    /**
     * The rows of a step by flow.
     *
     * @param unfinished requests of each flow that has work
     * @param waiting flows with rows that did not run
     */
    public record ByFlow(
            Map<Flow, Integer> unfinished,
            Map<Flow, Integer> rows,
            Map<Flow, Double> service,
            Set<Flow> waiting) {
        static ByFlow of(Snapshot snapshot, StepPlan plan, ComputedOnce computedOnce) {
            var unfinished = new HashMap<Flow, Integer>();
            if (snapshot.teams().isEmpty()) {
                snapshot.adapters()
                        .forEach(a -> unfinished.put(Flow.of(a.id()), a.backlog().unfinished()));
            }
            for (var team : snapshot.teams()) {
                team.unfinished()
                        .forEach((adapter, count) ->
                                unfinished.put(new Flow(team.team(), adapter), count));
            }
            var rows = new HashMap<Flow, Integer>();
            var service = new HashMap<Flow, Double>();
            var done = new HashMap<Flow, Integer>();
            for (var run : plan.run()) {
                var view = snapshot.sequence(run.sequence());
                int known = computedOnce.of(view.id());
                rows.merge(view.flow(), run.rows(), Integer::sum);
                service.merge(
                        view.flow(),
                        DloraSettings.DEFAULT.service(view, run.rows(), known),
                        Double::sum);
                done.merge(view.flow(), run.rows() == view.runnable() ? 1 : 0, Integer::sum);
            }
            var waiting = new HashSet<>(unfinished.keySet());
            waiting.removeIf(
                    flow -> done.getOrDefault(flow, 0) >= unfinished.getOrDefault(flow, 0));
            return new ByFlow(unfinished, rows, service, waiting);
        }

        /** Returns the service of each team. */
        Map<TeamRef, Double> teamService() {
            var teams = new HashMap<TeamRef, Double>();
            service.forEach((flow, its) -> teams.merge(flow.team(), its, Double::sum));
            return teams;
        }

        /** Returns the teams with rows that did not run. */
        Set<TeamRef> waitingTeams() {
            return waiting.stream().map(Flow::team).collect(Collectors.toSet());
        }
    }

    /** Tells how many tokens of a sequence had been computed before it was last preempted. */
    public interface ComputedOnce {
        int of(long sequence);
    }

    public static StepReport of(
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
        return new StepReport(
                start,
                end,
                snapshot,
                decision,
                rows,
                service,
                waiting,
                ByFlow.of(snapshot, decision.plan(), computedOnce));
    }

    private static String name(AdapterRef adapter) {
        return adapter.isBase() ? "" : adapter.toString();
    }
}
