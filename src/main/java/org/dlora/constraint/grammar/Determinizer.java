package org.dlora.constraint.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Subset construction: regular expressions as deterministic automata, within bounds. */
public final class Determinizer {
    /** The most nodes that may be visited for an automaton. */
    private static final long MAX_WORK = 20_000_000;

    private final Nfa nfa = new Nfa();
    private final Map<NodeSet, Integer> ids = new HashMap<>();
    private final List<NodeSet> sets = new ArrayList<>();
    private final Map<Integer, NodeSet> closures = new HashMap<>();
    private final DfaBuilder builder = new DfaBuilder();
    private long work;

    /** Nodes, ascending. */
    private record NodeSet(int[] nodes) {
        @Override
        public boolean equals(Object other) {
            return other instanceof NodeSet(var theirs) && Arrays.equals(nodes, theirs);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(nodes);
        }
    }

    private Determinizer() {}

    /**
     * Returns the automaton of an expression that calls no rule.
     *
     * @throws ConstraintException if it is too large
     */
    public static Dfa dfa(Expr expr) {
        return new Determinizer().determinize(expr);
    }

    private Dfa determinize(Expr expr) {
        int start = nfa.add();
        nfa.node(nfa.append(expr, start)).accepting = true;
        id(closure(start));
        for (int s = 0; s < sets.size(); s++) {
            expand(s);
        }
        return builder.build();
    }

    private void expand(int state) {
        var edges = new ArrayList<Nfa.Edge>();
        var bounds = new BitSet();
        for (int node : sets.get(state).nodes) {
            for (var edge : nfa.node(node).edges) {
                edges.add(edge);
                bounds.set(edge.low());
                bounds.set(edge.high() + 1);
            }
        }
        var targets = new BitSet();
        for (int low = bounds.nextSetBit(0); low >= 0; ) {
            int end = bounds.nextSetBit(low + 1);
            targets.clear();
            for (var edge : edges) {
                if (edge.low() <= low && low <= edge.high()) {
                    targets.set(edge.to());
                }
            }
            spend(edges.size());
            if (!targets.isEmpty()) {
                builder.edge(state, low, end - 1, id(closure(targets)));
            }
            low = end;
        }
    }

    private int id(NodeSet set) {
        var known = ids.get(set);
        if (known != null) {
            return known;
        }
        int id = builder.state(Arrays.stream(set.nodes).anyMatch(node -> nfa.node(node).accepting));
        ids.put(set, id);
        sets.add(set);
        return id;
    }

    private NodeSet closure(BitSet from) {
        int first = from.nextSetBit(0);
        if (from.nextSetBit(first + 1) < 0) {
            return closure(first);
        }
        var all = new BitSet();
        for (int node = first; node >= 0; node = from.nextSetBit(node + 1)) {
            var closure = closure(node).nodes;
            spend(closure.length);
            for (int reached : closure) {
                all.set(reached);
            }
        }
        return new NodeSet(all.stream().toArray());
    }

    /** Returns the nodes reached without a byte that have edges for bytes, or accept. */
    private NodeSet closure(int from) {
        var known = closures.get(from);
        if (known != null) {
            return known;
        }
        var seen = new BitSet();
        var open = new ArrayList<Integer>(List.of(from));
        seen.set(from);
        while (!open.isEmpty()) {
            for (int to : nfa.node(open.removeLast()).empty) {
                if (!seen.get(to)) {
                    seen.set(to);
                    open.add(to);
                }
            }
        }
        spend(seen.cardinality());
        var closure =
                new NodeSet(
                        seen.stream()
                                .filter(id ->
                                        nfa.node(id).accepting || !nfa.node(id).edges.isEmpty())
                                .toArray());
        closures.put(from, closure);
        return closure;
    }

    private void spend(int visited) {
        work += visited + 1;
        CompileBudget.visit(visited + 1);
        if (work > MAX_WORK) {
            throw new ConstraintException(
                    "",
                    "A pattern is too complex to be compiled. Use fewer alternatives and repetitions within one another.");
        }
    }
}
