package org.dlora.constraint.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Compiled rules: nodes with edges for bytes, and calls of rules. A call at the end of a rule is an
 * edge like others, so a stack grows with the nesting of a document alone. Every node reaches the
 * end of its rule, so a text that follows the edges can always be completed. Immutable.
 */
public final class Grammar {
    private static final long NODE_BYTES = 250;

    private final Nfa nfa = new Nfa();
    private final Map<Rule.Defined, Integer> starts = new HashMap<>();
    private final Map<Rule, Rule> restricted = new HashMap<>();
    private final Dfa.BytePredicate available;
    private final BitSet alive = new BitSet();
    private int root;

    /** A call of a rule; the text goes on behind node {@code to}. */
    public record Call(Rule rule, int to) {}

    private Grammar(Dfa.BytePredicate available) {
        this.available = available;
    }

    /**
     * Compiles a grammar.
     *
     * @param available bytes that a text may have
     * @throws ConstraintException if it is too large, no text matches it, or a rule calls itself
     *     before a byte
     */
    public static Grammar of(Expr expr, Dfa.BytePredicate available) {
        var root = new Rule.Defined("");
        root.define(expr);
        var grammar = new Grammar(available);
        grammar.addAll(root);
        grammar.markAlive();
        if (!grammar.alive.get(grammar.root)) {
            throw new ConstraintException(
                    "",
                    "No text can satisfy the constraint: its bounds contradict each other, it contains itself without an end, or the model's vocabulary lacks the characters.");
        }
        grammar.checkLeftRecursion();
        return grammar;
    }

    private void addAll(Rule.Defined rule) {
        var open = new ArrayDeque<Rule.Defined>();
        root = start(rule, open);
        while (!open.isEmpty()) {
            var next = open.removeFirst();
            int first = nfa.size();
            int start = start(next);
            nfa.node(nfa.append(next.body(), start)).accepting = true;
            link(start, open);
            for (int id = first; id < nfa.size(); id++) {
                link(id, open);
            }
        }
        for (int id = 0; id < nfa.size(); id++) { // All of them, as threads read them later.
            nfa.node(id).calls.forEach(call -> available(call.rule()));
        }
    }

    private int start(Rule.Defined rule, ArrayDeque<Rule.Defined> open) {
        return starts.computeIfAbsent(
                rule,
                _ -> {
                    open.addLast(rule);
                    return nfa.add();
                });
    }

    /** Turns calls at the end of a rule into edges. */
    private void link(int id, ArrayDeque<Rule.Defined> open) {
        var node = nfa.node(id);
        node.calls.removeIf(call -> {
            if (call.rule() instanceof Rule.Defined defined) {
                int start = start(defined, open);
                if (endsAt(call.to())) {
                    node.empty.add(start);
                    return true;
                }
            }
            return false;
        });
    }

    /** Returns whether nothing but the end of its rule follows a node. */
    public boolean endsAt(int id) {
        var node = nfa.node(id);
        return node.edges.isEmpty()
                && node.calls.isEmpty()
                && (node.accepting
                        ? node.empty.isEmpty()
                        : node.empty.size() == 1 && endsAt(node.empty.getFirst()));
    }

    /** Finds the nodes from which the end of the rule is reached. */
    private void markAlive() {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int id = nfa.size() - 1; id >= 0; id--) {
                if (!alive.get(id) && isAlive(nfa.node(id))) {
                    alive.set(id);
                    changed = true;
                }
            }
        }
    }

    private boolean isAlive(Nfa.Node node) {
        return node.accepting
                || node.empty.stream().anyMatch(alive::get)
                || node.edges.stream().anyMatch(edge -> alive.get(edge.to()) && has(edge))
                || node.calls.stream()
                        .anyMatch(call -> alive.get(call.to()) && canEnd(call.rule()));
    }

    private boolean has(Nfa.Edge edge) {
        for (int b = edge.low(); b <= edge.high(); b++) {
            if (available.test(b)) {
                return true;
            }
        }
        return false;
    }

    private boolean canEnd(Rule rule) {
        return switch (rule) {
            case Rule.Defined defined -> alive.get(start(defined));
            case Rule.Regular _ -> ((Rule.Regular) available(rule)).dfa().start() != Dfa.DEAD;
            case Rule.Counted counted ->
                    counted.min() <= counted.max()
                            && ((Rule.Counted) available(rule)).dfa().start() != Dfa.DEAD;
            case Rule.Bounded(var characters, int max) ->
                    characters.dfa().start() != Dfa.DEAD
                            && characters.needed(characters.dfa().start()) <= max;
        };
    }

    /** Returns the rule for texts of the available bytes. */
    private Rule available(Rule rule) {
        return restricted.computeIfAbsent(
                rule,
                _ ->
                        switch (rule) {
                            case Rule.Defined defined -> defined;
                            case Rule.Regular(var dfa) -> {
                                var less = restrict(dfa);
                                yield less == dfa ? rule : new Rule.Regular(less);
                            }
                            // Its dfa was made for the available bytes.
                            case Rule.Counted counted -> counted;
                            case Rule.Bounded bounded -> bounded;
                        });
    }

    private Dfa restrict(Dfa dfa) {
        for (int b = 0; b < 256; b++) {
            if (!available.test(b)) {
                return dfa.restrictedTo(available);
            }
        }
        return dfa;
    }

    /** A rule that calls itself before its first byte would never begin. */
    private void checkLeftRecursion() {
        var firsts = new HashMap<Rule.Defined, Set<Rule.Defined>>();
        starts.forEach((rule, start) -> firsts.put(rule, firstCalls(start)));
        var done = new HashSet<Rule.Defined>();
        for (var rule : firsts.keySet()) {
            var path = new ArrayList<Rule.Defined>();
            var iterators = new ArrayDeque<Iterator<Rule.Defined>>();
            enter(rule, path, iterators, firsts, done);
            while (!iterators.isEmpty()) {
                if (iterators.getLast().hasNext()) {
                    enter(iterators.getLast().next(), path, iterators, firsts, done);
                } else {
                    iterators.removeLast();
                    done.add(path.removeLast());
                }
            }
        }
    }

    private static void enter(
            Rule.Defined rule,
            List<Rule.Defined> path,
            ArrayDeque<Iterator<Rule.Defined>> iterators,
            Map<Rule.Defined, Set<Rule.Defined>> firsts,
            Set<Rule.Defined> done) {
        if (path.contains(rule)) {
            throw new ConstraintException(
                    rule.at(), "It contains itself before anything else, so it never begins.");
        }
        if (!done.contains(rule)) {
            path.add(rule);
            iterators.addLast(firsts.getOrDefault(rule, Set.of()).iterator());
        }
    }

    private Set<Rule.Defined> firstCalls(int start) {
        var rules = new HashSet<Rule.Defined>();
        var seen = new BitSet();
        var open = new ArrayList<Integer>(List.of(start));
        while (!open.isEmpty()) {
            int id = open.removeLast();
            if (seen.get(id)) {
                continue;
            }
            seen.set(id);
            open.addAll(nfa.node(id).empty);
            for (var call : nfa.node(id).calls) {
                if (call.rule() instanceof Rule.Defined defined) {
                    rules.add(defined);
                }
                open.add(call.to()); // As if the rule could be empty: few are, and none of JSON.
            }
        }
        return rules;
    }

    /** Returns about the bytes of memory that it takes, without what all grammars share. */
    public long bytes() {
        var dfas = new HashSet<Dfa>();
        restricted.forEach((rule, less) -> {
            if (rule instanceof Rule.Regular(var dfa) && less instanceof Rule.Regular(var rest)) {
                dfas.add(dfa);
                dfas.add(rest);
            }
        });
        return NODE_BYTES * nfa.size() + dfas.stream().mapToLong(Dfa::bytes).sum();
    }

    /** Returns the node before the first byte. */
    public int root() {
        return root;
    }

    /** Returns the node before the first byte of a rule. */
    public int start(Rule.Defined rule) {
        return Objects.requireNonNull(starts.get(rule));
    }

    /**
     * Adds to {@code set} the nodes that are reached from {@code node} without a byte, that one
     * included, and from which the end is reached.
     */
    public void addClosure(int node, BitSet set) {
        var open = new ArrayList<Integer>(List.of(node));
        while (!open.isEmpty()) {
            int id = open.removeLast();
            if (alive.get(id) && !set.get(id)) {
                set.set(id);
                open.addAll(nfa.node(id).empty);
            }
        }
    }

    /** Returns whether a node has edges for bytes, calls or the end of its rule. */
    public boolean matters(int id) {
        var node = nfa.node(id);
        return node.accepting || !node.edges.isEmpty() || !node.calls.isEmpty();
    }

    public boolean accepts(int id) {
        return nfa.node(id).accepting;
    }

    public boolean hasEdges(int id) {
        return !nfa.node(id).edges.isEmpty();
    }

    /** Adds to {@code set} the nodes after byte {@code b}, with their closures. */
    public void addNext(int id, int b, BitSet set) {
        if (!available.test(b)) {
            return;
        }
        for (var edge : nfa.node(id).edges) {
            if (edge.low() <= b && b <= edge.high()) {
                addClosure(edge.to(), set);
            }
        }
    }

    /** Returns the calls of a node that can end. */
    public List<Call> calls(int id) {
        return nfa.node(id).calls.stream()
                .filter(call -> alive.get(call.to()) && canEnd(call.rule()))
                .map(call -> new Call(available(call.rule()), call.to()))
                .toList();
    }
}
