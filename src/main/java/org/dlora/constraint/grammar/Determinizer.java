package org.dlora.constraint.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;

/** Subset construction: regular expressions as deterministic automata, within bounds. */
public final class Determinizer {
    /** The most nodes that may be visited for an automaton. */
    private static final long MAX_WORK = 20_000_000;

    private final Nfa nfa = new Nfa();
    private final HashMap<List<Integer>, Integer> ids = new HashMap<>();
    private final List<List<Integer>> sets = new ArrayList<>();
    private final Dfa.Builder builder = new Dfa.Builder();
    private long work;

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
        id(closure(List.of(start)));
        for (int s = 0; s < sets.size(); s++) {
            expand(s);
        }
        return builder.build();
    }

    private void expand(int state) {
        var edges = new ArrayList<Nfa.Edge>();
        for (int node : sets.get(state)) {
            edges.addAll(nfa.node(node).edges);
        }
        var starts = new TreeSet<Integer>();
        for (var edge : edges) {
            starts.add(edge.low());
            starts.add(edge.high() + 1);
        }
        var bounds = new ArrayList<>(starts);
        for (int i = 0; i + 1 < bounds.size(); i++) {
            int low = bounds.get(i);
            var targets = new ArrayList<Integer>();
            for (var edge : edges) {
                if (edge.low() <= low && low <= edge.high()) {
                    targets.add(edge.to());
                }
            }
            spend(edges.size());
            if (!targets.isEmpty()) {
                builder.edge(state, low, bounds.get(i + 1) - 1, id(closure(targets)));
            }
        }
    }

    private int id(List<Integer> set) {
        var known = ids.get(set);
        if (known != null) {
            return known;
        }
        int id = builder.state(set.stream().anyMatch(node -> nfa.node(node).accepting));
        ids.put(set, id);
        sets.add(set);
        return id;
    }

    /** Returns the nodes reached without a byte that have edges for bytes, or accept. */
    private List<Integer> closure(List<Integer> from) {
        var seen = new BitSet();
        var open = new ArrayList<Integer>(from);
        from.forEach(seen::set);
        while (!open.isEmpty()) {
            for (int to : nfa.node(open.removeLast()).empty) {
                if (!seen.get(to)) {
                    seen.set(to);
                    open.add(to);
                }
            }
        }
        spend(seen.cardinality());
        int[] kept =
                seen.stream()
                        .filter(id -> nfa.node(id).accepting || !nfa.node(id).edges.isEmpty())
                        .toArray();
        return Arrays.stream(kept).boxed().toList();
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
