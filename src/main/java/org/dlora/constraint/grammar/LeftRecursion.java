package org.dlora.constraint.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;

/** Search for rules that call themselves before their first byte, which would never begin. */
final class LeftRecursion {
    private LeftRecursion() {}

    /**
     * Checks rules.
     *
     * @param starts nodes of all rules
     * @throws ConstraintException if one calls itself before its first byte
     */
    static void check(Nfa nfa, Map<Rule.Defined, Integer> starts) {
        var firsts = new HashMap<Rule.Defined, Set<Rule.Defined>>();
        starts.forEach((rule, start) -> firsts.put(rule, firstCalls(nfa, start)));
        var done = new HashSet<Rule.Defined>();
        for (var rule : firsts.keySet()) {
            var path = new LinkedHashSet<Rule.Defined>();
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
            SequencedSet<Rule.Defined> path,
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

    private static Set<Rule.Defined> firstCalls(Nfa nfa, int start) {
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
}
