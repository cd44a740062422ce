package org.dlora.constraint.grammar;

/**
 * Refusal of a constraint. The message says what was given, what is expected and what to do; {@code
 * at} names the place in the constraint, such as {@code properties.age.not}, and is empty for the
 * whole.
 */
public final class ConstraintException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String at;

    public ConstraintException(String at, String message) {
        super(message);
        this.at = at;
    }

    /** Returns the place in the constraint, members and indices joined by dots; may be empty. */
    public String at() {
        return at;
    }
}
