package org.dlora.constraint;

import java.util.List;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.DfaLookahead;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Rule;
import org.dlora.constraint.grammar.Words;
import org.jspecify.annotations.Nullable;

/**
 * Place of a text within one rule. Places are equal if the same texts may follow up to the end of
 * the rule.
 */
sealed interface Place permits Place.Regular, Place.Listed, Place.Counted, NodesPlace {

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

        /** Returns the place that stands for all where the same tokens may come. */
        Regular representative() {
            return places.at(places.lookahead.representative(state));
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
        private final DfaLookahead lookahead;
        private final @Nullable Regular[] places;

        /**
         * @param lookahead of as many bytes as the longest token has
         */
        RegularPlaces(Dfa dfa, DfaLookahead lookahead) {
            this.dfa = dfa;
            this.lookahead = lookahead;
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

    /** A place in one of some texts. */
    record Listed(Words words, int node) implements Place {

        @Override
        public @Nullable Place next(int b) {
            int to = words.next(node, b);
            return to == Words.NONE ? null : new Listed(words, to);
        }

        @Override
        public boolean mayEnd() {
            return words.accepts(node);
        }

        @Override
        public boolean takesBytes() {
            return words.goesOn(node);
        }

        @Override
        public List<Push> pushes() {
            return List.of();
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
            var characters = rule.characters();
            int to = characters.dfa().next(state, b);
            if (to == Dfa.DEAD || (characters.dfa().accepts(to) && count < rule.min())) {
                return null;
            }
            int after = count + characters.begun(state, to);
            if (!isBounded()) {
                return new Counted(rule, to, Math.min(after, rule.min()));
            }
            return after + characters.needed(to) > rule.max() ? null : new Counted(rule, to, after);
        }

        private boolean isBounded() {
            return rule.max() != Expr.Repeat.UNBOUNDED;
        }

        /** Returns the characters that may still begin. */
        int most() {
            return isBounded() ? rule.max() - count : Integer.MAX_VALUE;
        }

        /** Returns the characters that must still begin. */
        int least() {
            return rule.min() - count;
        }

        /** Returns whether the tokens that may come depend on the characters so far. */
        boolean dependsOnCount() {
            return isBounded() || least() > 0;
        }

        @Override
        public boolean mayEnd() {
            return rule.characters().dfa().accepts(state);
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
}
