package org.dlora.constraint.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
    private BitSet alive = new BitSet();
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
        grammar.alive = LiveNodes.of(grammar.nfa, grammar.starts, grammar::has, grammar::canEnd);
        if (!grammar.alive.get(grammar.root)) {
            throw new ConstraintException(
                    "",
                    "No text can satisfy the constraint: its bounds contradict each other, it contains itself without an end, or the model's vocabulary lacks the characters.");
        }
        LeftRecursion.check(grammar.nfa, grammar.starts);
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
            case Rule.Listed _ -> !((Rule.Listed) available(rule)).words().isEmpty();
            case Rule.Counted(var characters, int min, int max) ->
                    min <= max
                            && characters.dfa().start() != Dfa.DEAD
                            && characters.needed(characters.dfa().start()) <= max;
        };
    }

    /** Returns the rule for texts of the available bytes. */
    private Rule available(Rule rule) {
        var known = restricted.get(rule);
        if (known != null) {
            return known; // All are, once the grammar is compiled: so other threads only read.
        }
        return restricted.computeIfAbsent(
                rule,
                _ ->
                        switch (rule) {
                            case Rule.Defined defined -> defined;
                            case Rule.Regular(var dfa) -> {
                                var less = dfa.restrictedTo(available);
                                yield less == dfa ? rule : new Rule.Regular(less);
                            }
                            case Rule.Listed(var words) -> {
                                var less = words.restrictedTo(available);
                                yield less == words ? rule : new Rule.Listed(less);
                            }
                            // Its automaton was made for the available bytes.
                            case Rule.Counted counted -> counted;
                        });
    }

    /** Returns about the bytes of memory that it takes, without what all grammars share. */
    public long bytes() {
        var rules = new HashSet<Rule>(restricted.keySet());
        rules.addAll(restricted.values());
        return NODE_BYTES * nfa.size() + rules.stream().mapToLong(Grammar::bytes).sum();
    }

    private static long bytes(Rule rule) {
        return switch (rule) {
            case Rule.Regular(var dfa) -> dfa.bytes();
            case Rule.Listed(var words) -> words.memory();
            case Rule.Counted(var characters, _, _) -> characters.dfa().bytes();
            case Rule.Defined _ -> 0;
        };
    }

    /** Returns the regular rules that are called, for texts of the available bytes. */
    public List<Rule.Regular> regularRules() {
        return restricted.values().stream()
                .filter(Rule.Regular.class::isInstance)
                .map(Rule.Regular.class::cast)
                .filter(rule -> rule.dfa().start() != Dfa.DEAD)
                .distinct()
                .toList();
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
