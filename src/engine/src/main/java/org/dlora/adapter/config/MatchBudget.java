package org.dlora.adapter.config;

/**
 * Budget of steps for all regular expressions of one configuration together. A backtracking matcher
 * reads characters as it works, so each character read is a step. Not thread-safe.
 */
final class MatchBudget {
    /**
     * Steps that suffice for a pattern per module of a thousand modules, and take a few seconds.
     */
    private static final long AMPLE = 200_000_000;

    private long left;

    MatchBudget() {
        this(AMPLE);
    }

    MatchBudget(long steps) {
        this.left = steps;
    }

    /** Ends a match when no step is left. */
    static final class SpentException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Returns {@code text} such that each character read takes a step. */
    CharSequence meter(String text) {
        return new Metered(text);
    }

    private final class Metered implements CharSequence {
        private final String text;

        private Metered(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new SpentException();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
