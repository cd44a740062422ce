package org.dlora.constraint;

import java.util.Arrays;
import java.util.List;
import org.dlora.constraint.grammar.Characters;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Rule;
import org.jspecify.annotations.Nullable;

/**
 * Where a text stands within one rule. Places are equal if the same texts may follow up to the end
 * of the rule.
 */
sealed interface Place {

    /** Returns the place after byte {@code b}; null if it must not come. */
    @Nullable Place next(int b);

    /** Returns whether the rule may end here. */
    boolean mayEnd();

    /** Returns whether a byte may come here that belongs to the rule itself. */
    boolean takesBytes();

    /** Returns the calls that may begin here. */
    List<Push> pushes();

    /** Returns whether nothing but bytes of the rule may come. */
    default boolean isPlain() {
        return !mayEnd() && pushes().isEmpty();
    }

    /**
     * A call.
     *
     * @param start place before the called rule's first byte
     * @param then where the text goes on after it; null if the calling rule ends there
     */
    record Push(Place start, @Nullable Place then) {}

    /** A place in a regular rule. */
    final class Regular implements Place {
        private final RegularPlaces places;
        private final int state;
        private final boolean takesBytes;

        private Regular(RegularPlaces places, int state) {
            this.places = places;
            this.state = state;
            takesBytes = places.dfa.goesOn(state);
        }

        @Override
        public @Nullable Place next(int b) {
            int to = places.dfa.next(state, b);
            return to == Dfa.DEAD ? null : places.at(to);
        }

        @Override
        public boolean mayEnd() {
            return places.dfa.accepts(state);
        }

        @Override
        public boolean takesBytes() {
            return takesBytes;
        }

        @Override
        public List<Push> pushes() {
            return List.of();
        }
    }

    /** The places of one regular rule, each there once. */
    final class RegularPlaces {
        private final Dfa dfa;
        private final @Nullable Regular[] places;

        RegularPlaces(Dfa dfa) {
            this.dfa = dfa;
            places = new Regular[dfa.size()];
        }

        // Threads may make two of one state; the caches then find each its own.
        Regular at(int state) {
            var place = places[state];
            if (place == null) {
                place = new Regular(this, state);
                places[state] = place;
            }
            return place;
        }
    }

    /**
     * A place in a rule of counted characters.
     *
     * @param count characters so far, the last one included even if it is unfinished; never above
     *     the rule's minimum if it has no maximum
     */
    record Counted(Rule.Counted rule, int state, int count) implements Place {

        @Override
        public @Nullable Place next(int b) {
            int to = rule.dfa().next(state, b);
            if (to == Dfa.DEAD) {
                return null;
            }
            if (state != rule.boundary()) {
                return new Counted(rule, to, count);
            }
            if (rule.dfa().accepts(to)) {
                return count >= rule.min() ? new Counted(rule, to, count) : null;
            }
            return count == rule.max() ? null : new Counted(rule, to, counted(count + 1));
        }

        private int counted(int more) {
            return isBounded() ? more : Math.min(more, rule.min());
        }

        boolean isBounded() {
            return rule.max() != Expr.Repeat.UNBOUNDED;
        }

        @Override
        public boolean mayEnd() {
            return rule.dfa().accepts(state);
        }

        @Override
        public boolean takesBytes() {
            return !mayEnd();
        }

        @Override
        public List<Push> pushes() {
            return List.of();
        }
    }

    /**
     * A place in a rule of a regular language with a bound of the characters.
     *
     * @param left characters that may still begin, {@link Expr.Repeat#UNBOUNDED} for no bound
     */
    record Bounded(Characters characters, int state, int left) implements Place {

        @Override
        public @Nullable Place next(int b) {
            int to = characters.dfa().next(state, b);
            if (to == Dfa.DEAD) {
                return null;
            }
            int after = isBounded() ? left - characters.begun(state, to) : left;
            return after < characters.needed(to) ? null : new Bounded(characters, to, after);
        }

        private boolean isBounded() {
            return left != Expr.Repeat.UNBOUNDED;
        }

        /**
         * Returns the place without its bound if no token can reach that, so that others share it.
         */
        Bounded shared(int longestToken) {
            return left >= longestToken + characters.mostNeeded()
                    ? new Bounded(characters, state, Expr.Repeat.UNBOUNDED)
                    : this;
        }

        @Override
        public boolean mayEnd() {
            return characters.dfa().accepts(state);
        }

        @Override
        public boolean takesBytes() {
            return !mayEnd();
        }

        @Override
        public List<Push> pushes() {
            return List.of();
        }
    }

    /**
     * A set of nodes of the grammar. A value: one that was dropped is equal to the one found anew,
     * and asks it, so that it keeps no others.
     */
    final class Nodes implements Place {
        private static final Nodes DEAD = new Nodes(null, new int[0], false, false);
        private static final int BYTES = 256;

        private final @Nullable GrammarPlaces places;
        private final int[] nodes;
        private final boolean mayEnd;
        private final boolean takesBytes;
        private final int hash;
        private @Nullable List<Push> pushes;
        private @Nullable Nodes @Nullable [] next;

        Nodes(@Nullable GrammarPlaces places, int[] nodes, boolean mayEnd, boolean takesBytes) {
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
            next = new Nodes[0];
            pushes = null;
        }

        private boolean isDropped() {
            var known = next;
            return known != null && known.length == 0;
        }

        /** Returns an equal place that knows no others yet. */
        Nodes anew() {
            return new Nodes(places, nodes, mayEnd, takesBytes);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other
                    || (other instanceof Nodes theirs
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
                known = new Nodes[BYTES];
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
}
