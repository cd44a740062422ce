package org.dlora.constraint.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Search for the nodes from which the end of their rule is reached, backwards from the ends. Each
 * edge is visited once.
 */
final class LiveNodes {
    /** Operations that a node costs with its edges. */
    private static final int NODE_WORK = 8;

    private final Nfa nfa;
    private final Map<Rule.Defined, Integer> starts;
    private final BitSet alive = new BitSet();
    private final List<Integer> open = new ArrayList<>();

    /** Last edge to each node that needs nothing else, and the one before each edge. */
    private final int[] lastTo;

    private int[] before = new int[64];
    private int[] from = new int[64];
    private int edges;

    /** Calls by the nodes that they need: the one behind them, and the start of their rule. */
    private final Map<Integer, List<Waiting>> calls = new HashMap<>();

    /** A call of node {@code node}. */
    private record Waiting(int node, int to, int start) {}

    private LiveNodes(Nfa nfa, Map<Rule.Defined, Integer> starts) {
        this.nfa = nfa;
        this.starts = starts;
        lastTo = new int[nfa.size()];
        Arrays.fill(lastTo, -1);
    }

    /**
     * Finds the nodes.
     *
     * @param starts nodes of rules
     * @param canCome edges of which there is a byte
     * @param canEnd rules of other kinds that match a text
     */
    static BitSet of(
            Nfa nfa,
            Map<Rule.Defined, Integer> starts,
            Predicate<Nfa.Edge> canCome,
            Predicate<Rule> canEnd) {
        var search = new LiveNodes(nfa, starts);
        for (int id = 0; id < nfa.size(); id++) {
            CompileBudget.spend(NODE_WORK);
            search.add(id, canCome, canEnd);
        }
        search.run();
        return search.alive;
    }

    private void add(int id, Predicate<Nfa.Edge> canCome, Predicate<Rule> canEnd) {
        var node = nfa.node(id);
        for (int to : node.empty) {
            edge(id, to);
        }
        for (var edge : node.edges) {
            if (canCome.test(edge)) {
                edge(id, edge.to());
            }
        }
        for (var call : node.calls) {
            if (call.rule() instanceof Rule.Defined defined) {
                var waiting = new Waiting(id, call.to(), starts.getOrDefault(defined, -1));
                calls.computeIfAbsent(waiting.to, _ -> new ArrayList<>()).add(waiting);
                calls.computeIfAbsent(waiting.start, _ -> new ArrayList<>()).add(waiting);
            } else if (canEnd.test(call.rule())) {
                edge(id, call.to());
            }
        }
        if (node.accepting) {
            reach(id);
        }
    }

    private void edge(int one, int to) {
        if (edges == from.length) {
            from = Arrays.copyOf(from, 2 * edges);
            before = Arrays.copyOf(before, 2 * edges);
        }
        from[edges] = one;
        before[edges] = lastTo[to];
        lastTo[to] = edges++;
    }

    private void reach(int id) {
        if (!alive.get(id)) {
            alive.set(id);
            open.add(id);
        }
    }

    private void run() {
        while (!open.isEmpty()) {
            int id = open.removeLast();
            for (int edge = lastTo[id]; edge >= 0; edge = before[edge]) {
                reach(from[edge]);
            }
            for (var call : calls.getOrDefault(id, List.of())) {
                if (alive.get(call.to) && alive.get(call.start)) {
                    reach(call.node);
                }
            }
        }
    }
}
