package org.dlora.constraint;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of nodes of the grammar. A value: one that was dropped is equal to the one found anew, and
 * asks it, so that it keeps no others.
 */
final class NodesPlace implements Place {
    private static final NodesPlace DEAD = new NodesPlace(null, new int[0], false, false);
    private static final int BYTES = 256;

    private final @Nullable GrammarPlaces places;
    private final int[] nodes;
    private final boolean mayEnd;
    private final boolean takesBytes;
    private final int hash;
    private @Nullable List<Push> pushes;
    private @Nullable NodesPlace @Nullable [] next;

    NodesPlace(@Nullable GrammarPlaces places, int[] nodes, boolean mayEnd, boolean takesBytes) {
        this.places = places;
        this.nodes = nodes;
        this.mayEnd = mayEnd;
        this.takesBytes = takesBytes;
        hash = Arrays.hashCode(nodes);
    }

    int[] nodes() {
        return nodes;
    }

    /** Forgets the places after this one, for good. */
    void drop() {
        next = new NodesPlace[0];
        pushes = null;
    }

    private boolean isDropped() {
        var known = next;
        return known != null && known.length == 0;
    }

    /** Returns an equal place that knows no others yet. */
    NodesPlace anew() {
        return new NodesPlace(places, nodes, mayEnd, takesBytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof NodesPlace theirs
                        && hash == theirs.hash
                        && places == theirs.places
                        && Arrays.equals(nodes, theirs.nodes));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public @Nullable Place next(int b) {
        var known = next;
        if (known == null) {
            known = new NodesPlace[BYTES];
            next = known;
        }
        if (known.length == 0 && places != null) {
            return places.found(this).next(b);
        }
        var to = known[b];
        if (to == null) {
            to = places == null ? DEAD : places.after(this, b);
            to = to.nodes.length == 0 ? DEAD : to;
            known[b] = to;
        }
        return to.nodes.length == 0 ? null : to;
    }

    @Override
    public boolean mayEnd() {
        return mayEnd;
    }

    @Override
    public boolean takesBytes() {
        return takesBytes;
    }

    @Override
    public List<Push> pushes() {
        var known = pushes;
        if (known == null && places != null && isDropped()) {
            return places.found(this).pushes();
        }
        if (known == null) {
            known = places == null ? List.of() : places.pushes(this);
            pushes = isDropped() ? null : known;
        }
        return known;
    }

    @Override
    public String toString() {
        return Arrays.toString(nodes);
    }
}
