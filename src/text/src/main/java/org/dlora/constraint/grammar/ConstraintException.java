package org.dlora.constraint.grammar;

/**
 * Refusal of a constraint. The message says what was given, what is expected and what to do; {@code
 * at} names the place in the constraint, such as {@code properties.age.not}, and is empty for the
 * whole.
 */
public final class ConstraintException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private static final int MAX_MESSAGE = 500;
    private static final int MAX_PLACE = 200;

    private final String at;

    public ConstraintException(String at, String message) {
        super(shortened(message, MAX_MESSAGE));
        this.at = shortened(at, MAX_PLACE);
    }

    private static String shortened(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length) + "…";
    }

    /** Returns the place in the constraint, members and indices joined by dots; may be empty. */
    public String at() {
        return at;
    }
}
