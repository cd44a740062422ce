package org.dlora.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.constraint.grammar.DfaLookahead;
import org.dlora.constraint.grammar.Grammar;
import org.dlora.constraint.grammar.Rule;

/**
 * The places of one grammar, found as texts reach them: a subset construction on demand. Full, they
 * are dropped and found again. Safe from any thread.
 */
final class GrammarPlaces {
    private static final long MAX_BYTES = 24L << 20;

    /** Bytes of a place with its edges, and for each node behind it. */
    private static final int PLACE_BYTES = 1200;

    private static final int NODE_BYTES = 24;

    private final Grammar grammar;
    private final long maxBytes;
    private MemoryBudget budget;
    private volatile long bytes;
    private volatile int generation;
    private volatile Map<NodesPlace, NodesPlace> places = new ConcurrentHashMap<>();
    private final Map<Rule.Regular, Place.RegularPlaces> regular = new HashMap<>();

    /**
     * @param longestToken of the vocabulary, in bytes
     */
    GrammarPlaces(Grammar grammar, int longestToken, MemoryBudget budget) {
        this(grammar, longestToken, budget, MAX_BYTES);
    }

    /**
     * @param maxBytes that the places may take
     */
    GrammarPlaces(Grammar grammar, int longestToken, MemoryBudget budget, long maxBytes) {
        this.grammar = grammar;
        this.budget = budget;
        this.maxBytes = maxBytes;
        long work = DfaLookahead.MAX_WORK;
        for (var rule : grammar.regularRules()) {
            var lookahead = DfaLookahead.of(rule.dfa(), longestToken, work);
            work -= lookahead.work();
            regular.put(rule, new Place.RegularPlaces(rule.dfa(), lookahead));
        }
    }

    /** Returns about the bytes that the places take. */
    long bytes() {
        return bytes;
    }

    /** Returns how often the places were dropped because they were too many. */
    int generation() {
        return generation;
    }

    /** Returns the place before the first byte. */
    NodesPlace start() {
        return at(grammar.root());
    }

    private NodesPlace at(int node) {
        var set = new BitSet();
        grammar.addClosure(node, set);
        return of(set);
    }

    NodesPlace after(NodesPlace place, int b) {
        var set = new BitSet();
        for (int node : place.nodes()) {
            grammar.addNext(node, b, set);
        }
        return of(set);
    }

    /** Returns the place where the texts of both may follow. */
    NodesPlace union(NodesPlace one, NodesPlace other) {
        if (one.equals(other)) {
            return one;
        }
        var set = new BitSet();
        for (int node : one.nodes()) {
            set.set(node);
        }
        for (int node : other.nodes()) {
            set.set(node);
        }
        return of(set);
    }

    private NodesPlace of(BitSet closed) {
        int[] nodes = closed.stream().filter(grammar::matters).toArray();
        boolean mayEnd = Arrays.stream(nodes).anyMatch(grammar::accepts);
        boolean takesBytes = Arrays.stream(nodes).anyMatch(grammar::hasEdges);
        return kept(new NodesPlace(this, nodes, mayEnd, takesBytes), closed.cardinality());
    }

    /** Returns the place that stands for one that was dropped. */
    NodesPlace found(NodesPlace dropped) {
        return kept(dropped.anew(), dropped.nodes().length);
    }

    private NodesPlace kept(NodesPlace place, int visited) {
        var known = places.get(place);
        if (known != null) {
            return known;
        }
        return add(place, PLACE_BYTES + (long) NODE_BYTES * visited);
    }

    private synchronized NodesPlace add(NodesPlace place, long size) {
        if (bytes + size > maxBytes) {
            forget();
            generation++;
        }
        var first = places.putIfAbsent(place, place);
        if (first != null) {
            return first;
        }
        bytes += size;
        budget.add(size);
        return place;
    }

    /** Drops all places. */
    synchronized void forget() {
        var dropped = places;
        places = new ConcurrentHashMap<>(); // First: none that was dropped must be found.
        dropped.keySet().forEach(NodesPlace::drop);
        budget.add(-bytes);
        bytes = 0;
    }

    /** Counts for the budget no more. */
    synchronized void leave() {
        budget.add(-bytes);
        budget = MemoryBudget.none();
    }

    /** Returns the calls at a place, one for each rule that is called. */
    List<Place.Push> pushes(NodesPlace place) {
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

    private boolean hasNoCalls(NodesPlace place) {
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
            case Rule.Regular one -> Objects.requireNonNull(regular.get(one)).at(one.dfa().start());
            case Rule.Listed(var words) -> new Place.Listed(words, 0);
            case Rule.Counted counted ->
                    new Place.Counted(counted, counted.characters().dfa().start(), 0);
        };
    }
}
