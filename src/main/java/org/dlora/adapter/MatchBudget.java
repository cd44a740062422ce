package org.dlora.adapter;

/**
 * The steps that all regular expressions of one configuration may take together. A backtracking
 * matcher reads characters as it works, so characters read are its steps. Not thread-safe.
 */
final class MatchBudget {
    /** Ample for a pattern per module of a thousand modules; a few seconds at worst. */
    private static final long AMPLE = 200_000_000;

    private long left;

    MatchBudget() {
        this(AMPLE);
    }

    MatchBudget(long steps) {
        this.left = steps;
    }

    /** Thrown inside a match when nothing is left. */
    static final class SpentException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** {@code text}, counting. */
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
