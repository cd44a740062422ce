package org.dlora.constraint.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Search for rules that call themselves before their first byte, which would never begin. A rule at
 * the end of another is part of it, so a circle of such alone is harmless. The circles are the
 * strongly connected components of the rules (Gabow 2000).
 */
final class LeftRecursion {
    private static final int NONE = -1;

    private final List<Rule.Defined> rules = new ArrayList<>();
    private final List<List<First>> firsts = new ArrayList<>();
    private final Set<Rule.Defined> empty = new HashSet<>();
    private final int[] order;
    private final int[] component;
    private final int[] next;
    private final ArrayDeque<Integer> open = new ArrayDeque<>();
    private final ArrayDeque<Integer> roots = new ArrayDeque<>();
    private int visited;

    /**
     * A rule that may begin where another one does.
     *
     * @param isCall whether it is called, and more of the other rule follows it
     */
    private record First(int rule, boolean isCall) {}

    private LeftRecursion(Nfa nfa, Map<Rule.Defined, Integer> starts) {
        var ids = new HashMap<Rule.Defined, Integer>();
        var byStart = new HashMap<Integer, Integer>();
        starts.forEach((rule, start) -> {
            ids.put(rule, rules.size());
            byStart.put(start, rules.size());
            rules.add(rule);
        });
        findEmpty(nfa, starts);
        rules.forEach(rule -> firsts.add(firsts(nfa, starts.getOrDefault(rule, 0), ids, byStart)));
        order = new int[rules.size()];
        component = new int[rules.size()];
        next = new int[rules.size()];
    }

    /**
     * Checks rules.
     *
     * @param starts nodes of all rules
     * @throws ConstraintException if one calls itself before its first byte
     */
    static void check(Nfa nfa, Map<Rule.Defined, Integer> starts) {
        var search = new LeftRecursion(nfa, starts);
        for (int rule = 0; rule < search.rules.size(); rule++) {
            if (search.order[rule] == 0) {
                search.visit(rule);
            }
        }
        for (int rule = 0; rule < search.rules.size(); rule++) {
            for (var first : search.firsts.get(rule)) {
                if (first.isCall && search.component[rule] == search.component[first.rule]) {
                    throw new ConstraintException(
                            search.rules.get(first.rule).at(),
                            "It contains itself before anything else, so it never begins.");
                }
            }
        }
    }

    /** Finds the rules that the empty text satisfies, until no more are found. */
    private void findEmpty(Nfa nfa, Map<Rule.Defined, Integer> starts) {
        boolean isGrowing = true;
        while (isGrowing) {
            isGrowing = false;
            for (var rule : rules) {
                isGrowing |=
                        !empty.contains(rule)
                                && endsAtOnce(nfa, starts.getOrDefault(rule, 0))
                                && empty.add(rule);
            }
        }
    }

    private boolean endsAtOnce(Nfa nfa, int start) {
        CompileBudget.spend(1 + nfa.size() / 64); // Of the set.
        var seen = new BitSet(nfa.size());
        var open = new ArrayList<Integer>(List.of(start));
        while (!open.isEmpty()) {
            int id = open.removeLast();
            if (seen.get(id)) {
                continue;
            }
            seen.set(id);
            CompileBudget.spend(1 + nfa.node(id).calls.size());
            if (nfa.node(id).accepting) {
                return true;
            }
            follow(nfa, id, open);
        }
        return false;
    }

    /** Adds the places that are reached from one without a byte. */
    private void follow(Nfa nfa, int id, List<Integer> open) {
        open.addAll(nfa.node(id).empty);
        nfa.node(id).calls.stream()
                .filter(call -> canBeEmpty(call.rule()))
                .forEach(call -> open.add(call.to()));
    }

    private boolean canBeEmpty(Rule rule) {
        return switch (rule) {
            case Rule.Defined defined -> empty.contains(defined);
            case Rule.Regular(var dfa) -> dfa.matches(new byte[0]);
            case Rule.Listed _ -> false;
            case Rule.Counted(var characters, _, _) -> characters.dfa().matches(new byte[0]);
        };
    }

    private List<First> firsts(
            Nfa nfa, int start, Map<Rule.Defined, Integer> ids, Map<Integer, Integer> byStart) {
        var firsts = new ArrayList<First>();
        CompileBudget.spend(1 + nfa.size() / 64); // Of the set.
        var seen = new BitSet(nfa.size());
        var open = new ArrayList<Integer>(List.of(start));
        while (!open.isEmpty()) {
            int id = open.removeLast();
            if (seen.get(id)) {
                continue;
            }
            seen.set(id);
            CompileBudget.spend(1 + nfa.node(id).calls.size());
            var other = byStart.get(id);
            if (other != null && id != start) {
                firsts.add(new First(other, false));
                continue;
            }
            for (var call : nfa.node(id).calls) {
                if (call.rule() instanceof Rule.Defined defined) {
                    firsts.add(new First(ids.getOrDefault(defined, 0), true));
                }
            }
            follow(nfa, id, open);
        }
        return firsts;
    }

    private void visit(int root) {
        var path = new ArrayDeque<Integer>();
        enter(root, path);
        while (!path.isEmpty()) {
            int rule = path.getLast();
            if (next[rule] < firsts.get(rule).size()) {
                int first = firsts.get(rule).get(next[rule]++).rule;
                if (order[first] == 0) {
                    enter(first, path);
                } else if (component[first] == NONE) {
                    while (order[roots.getLast()] > order[first]) {
                        roots.removeLast();
                    }
                }
            } else {
                path.removeLast();
                leave(rule);
            }
        }
    }

    private void enter(int rule, ArrayDeque<Integer> path) {
        order[rule] = ++visited;
        component[rule] = NONE;
        open.addLast(rule);
        roots.addLast(rule);
        path.addLast(rule);
    }

    private void leave(int rule) {
        if (roots.getLast() != rule) {
            return;
        }
        roots.removeLast();
        int member;
        do {
            member = open.removeLast();
            component[member] = rule;
        } while (member != rule);
    }
}
