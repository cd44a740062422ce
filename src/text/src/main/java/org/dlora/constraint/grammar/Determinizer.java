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
    private final int start;
    private final Found found;
    private final Found foundBehind;
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

    /** Nodes that a search has found, each once. To begin anew costs nothing. */
    private static final class Found {
        final int[] nodes;
        int count;
        private final int[] lastSearch;
        private int search;

        Found(int size) {
            nodes = new int[size];
            lastSearch = new int[size];
        }

        void begin() {
            count = 0;
            search++;
        }

        void add(int node) {
            if (lastSearch[node] != search) {
                lastSearch[node] = search;
                nodes[count++] = node;
            }
        }

        NodeSet sorted() {
            int[] all = Arrays.copyOf(nodes, count);
            Arrays.sort(all);
            return new NodeSet(all);
        }
    }

    private Determinizer(Expr expr) {
        start = nfa.add();
        nfa.node(nfa.append(expr, start)).accepting = true;
        found = new Found(nfa.size());
        foundBehind = new Found(nfa.size());
    }

    /**
     * Returns the automaton of an expression that calls no rule.
     *
     * @throws ConstraintException if it is too large
     */
    public static Dfa dfa(Expr expr) {
        return new Determinizer(expr).determinize();
    }

    private Dfa determinize() {
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
        for (int low = bounds.nextSetBit(0); low >= 0; ) {
            int end = bounds.nextSetBit(low + 1);
            found.begin();
            for (var edge : edges) {
                if (edge.low() <= low && low <= edge.high()) {
                    addClosure(edge.to());
                }
            }
            spend(edges.size());
            if (found.count > 0) {
                builder.edge(state, low, end - 1, id(found.sorted()));
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

    private void addClosure(int from) {
        var nodes = closure(from).nodes;
        spend(nodes.length);
        for (int node : nodes) {
            found.add(node);
        }
    }

    /** Returns the nodes reached without a byte that have edges for bytes, or accept. */
    private NodeSet closure(int from) {
        var known = closures.get(from);
        if (known != null) {
            return known;
        }
        foundBehind.begin();
        foundBehind.add(from);
        for (int i = 0; i < foundBehind.count; i++) {
            nfa.node(foundBehind.nodes[i]).empty.forEach(foundBehind::add);
        }
        spend(foundBehind.count);
        int[] closure =
                Arrays.stream(foundBehind.nodes, 0, foundBehind.count)
                        .filter(id -> nfa.node(id).accepting || !nfa.node(id).edges.isEmpty())
                        .sorted()
                        .toArray();
        closures.put(from, new NodeSet(closure));
        return new NodeSet(closure);
    }

    private void spend(int visited) {
        work += visited + 1;
        CompileBudget.spend(visited + 1);
        if (work > MAX_WORK) {
            throw new ConstraintException(
                    "",
                    "A pattern is too complex to be compiled. Use fewer alternatives and repetitions within one another.");
        }
    }
}
