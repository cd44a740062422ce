package org.dlora.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger generation = new AtomicInteger();
    private volatile Map<Place.Nodes, Place.Nodes> places = new ConcurrentHashMap<>();
    private final Map<Rule.Regular, Place.RegularPlaces> regular = new ConcurrentHashMap<>();

    GrammarPlaces(Grammar grammar) {
        this(grammar, MAX_BYTES);
    }

    /**
     * @param maxBytes that the places may take
     */
    GrammarPlaces(Grammar grammar, long maxBytes) {
        this.grammar = grammar;
        this.maxBytes = maxBytes;
    }

    /** Returns about the bytes that the places take. */
    long bytes() {
        return bytes.get();
    }

    /** Returns how often the places were dropped. */
    int generation() {
        return generation.get();
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

    private Place.Nodes of(BitSet closed) {
        int[] nodes = closed.stream().filter(grammar::matters).toArray();
        boolean mayEnd = Arrays.stream(nodes).anyMatch(grammar::accepts);
        boolean takesBytes = Arrays.stream(nodes).anyMatch(grammar::hasEdges);
        return kept(new Place.Nodes(this, nodes, mayEnd, takesBytes), closed.cardinality());
    }

    /** Returns the place that stands for one that was dropped. */
    Place.Nodes found(Place.Nodes dropped) {
        return kept(dropped.anew(), dropped.nodes().length);
    }

    private Place.Nodes kept(Place.Nodes place, int visited) {
        var known = places.get(place);
        if (known != null) {
            return known;
        }
        long size = PLACE_BYTES + (long) NODE_BYTES * visited;
        if (bytes.addAndGet(size) > maxBytes) {
            drop(size);
        }
        var first = places.putIfAbsent(place, place);
        return first == null ? place : first;
    }

    private synchronized void drop(long size) {
        if (bytes.get() > maxBytes) {
            var dropped = places;
            places = new ConcurrentHashMap<>(); // First: none that was dropped must be found.
            dropped.keySet().forEach(Place.Nodes::drop);
            bytes.set(size);
            generation.incrementAndGet();
        }
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
