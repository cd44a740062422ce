package org.dlora.constraint.grammar;

import org.jspecify.annotations.Nullable;

/** A part of a grammar that expressions call; rules may call themselves. */
public sealed interface Rule {

    /** A rule whose body may call others. The body is set once, so that rules can be recursive. */
    final class Defined implements Rule {
        private final String at;
        private @Nullable Expr body;

        /**
         * @param at its place in the constraint, for messages
         */
        public Defined(String at) {
            this.at = at;
        }

        public void define(Expr expression) {
            body = expression;
        }

        String at() {
            return at;
        }

        Expr body() {
            if (body == null) {
                throw new IllegalStateException("A rule has no body");
            }
            return body;
        }
    }

    /** A regular language. */
    record Regular(Dfa dfa) implements Rule {}

    /**
     * Texts of a number of characters. Each transition from the state {@code boundary} to one that
     * does not accept begins a character. So the automaton has no state for each length.
     *
     * @param dfa of texts of any length; rules share it
     * @param max characters, {@link Expr.Repeat#UNBOUNDED} for no bound
     */
    record Counted(Dfa dfa, int boundary, int min, int max) implements Rule {}

    /**
     * Texts of a regular language that have at most a number of characters. The automaton has no
     * state for each length either.
     */
    record Bounded(Characters characters, int max) implements Rule {}
}
