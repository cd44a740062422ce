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

    /** Choice of many texts. Few are expressions of their own. */
    record Listed(Words words) implements Rule {}

    /**
     * Texts of a regular language that have a number of characters. The automaton has no state for
     * each length.
     *
     * @param characters rules may share them
     * @param min above 0 only if each text can be continued by a character
     * @param max characters, {@link Expr.Repeat#UNBOUNDED} for no bound
     */
    record Counted(Characters characters, int min, int max) implements Rule {}
}
