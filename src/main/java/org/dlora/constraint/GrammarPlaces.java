package org.dlora.constraint;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.constraint.grammar.Grammar;
import org.dlora.constraint.grammar.Rule;

/**
 * The places of one grammar, found as texts reach them: a subset construction on demand. Safe from
 * any thread.
 */
final class GrammarPlaces {
    /** The most places; a text that needs more cannot go on. */
    static final int MAX_PLACES = 20_000;

    private final Grammar grammar;
    private final Map<BitSet, Place.Nodes> places = new ConcurrentHashMap<>();
    private final Map<Rule.Regular, Place.RegularPlaces> regular = new ConcurrentHashMap<>();

    GrammarPlaces(Grammar grammar) {
        this.grammar = grammar;
    }

    /** Returns the place before the first byte. */
    Place.Nodes start() {
        return at(grammar.root());
    }

    private Place.Nodes at(int node) {
        var set = new BitSet();
        grammar.addClosure(node, set);
        return of(set);
    }

    Place.Nodes after(Place.Nodes place, int b) {
        var set = new BitSet();
        for (int node : place.nodes()) {
            grammar.addNext(node, b, set);
        }
        return of(set);
    }

    /** Returns the place where the texts of both may follow. */
    Place.Nodes union(Place.Nodes one, Place.Nodes other) {
        var set = new BitSet();
        for (int node : one.nodes()) {
            set.set(node);
        }
        for (int node : other.nodes()) {
            set.set(node);
        }
        return of(set);
    }

    private Place.Nodes of(BitSet closed) {
        closed.stream().filter(node -> !grammar.matters(node)).forEach(closed::clear);
        var known = places.get(closed);
        if (known != null) {
            return known;
        }
        if (places.size() >= MAX_PLACES) {
            throw new ArithmeticException(
                    "The constraint has more than %d states. Use fewer alternatives that begin alike."
                            .formatted(MAX_PLACES));
        }
        int[] nodes = closed.stream().toArray();
        boolean mayEnd = closed.stream().anyMatch(grammar::accepts);
        boolean takesBytes = closed.stream().anyMatch(grammar::hasEdges);
        return places.computeIfAbsent(
                closed, _ -> new Place.Nodes(this, nodes, mayEnd, takesBytes));
    }

    /** Returns the calls at a place, one for each rule that is called. */
    List<Place.Push> pushes(Place.Nodes place) {
        var after = new LinkedHashMap<Rule, BitSet>();
        for (int node : place.nodes()) {
            for (var call : grammar.calls(node)) {
                grammar.addClosure(
                        call.to(), after.computeIfAbsent(call.rule(), _ -> new BitSet()));
            }
        }
        var pushes = new ArrayList<Place.Push>();
        after.forEach((rule, set) -> {
            var then = of(set);
            boolean isEnd = then.mayEnd() && !then.takesBytes() && hasNoCalls(then);
            pushes.add(new Place.Push(start(rule), isEnd ? null : then));
        });
        return List.copyOf(pushes);
    }

    private boolean hasNoCalls(Place.Nodes place) {
        for (int node : place.nodes()) {
            if (!grammar.calls(node).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private Place start(Rule rule) {
        return switch (rule) {
            case Rule.Defined defined -> at(grammar.start(defined));
            case Rule.Regular one ->
                    regular.computeIfAbsent(one, _ -> new Place.RegularPlaces(one.dfa()))
                            .at(one.dfa().start());
            case Rule.Counted counted -> new Place.Counted(counted, counted.dfa().start(), 0);
            case Rule.Bounded(var characters, int max) ->
                    new Place.Bounded(characters, characters.dfa().start(), max);
        };
    }
}
