package org.dlora.template.sandbox;

/**
 * A template that cannot be parsed or rendered.
 *
 * <p>{@link Kind#RAISED} marks the template's own {@code raise_exception(message)}: its {@link
 * #getMessage()} is exactly that message and is meant for the client who sent the conversation. All
 * other kinds start their message with the line of the template that failed.
 */
public final class TemplateException extends RuntimeException {

    /** The kind of failure, named after the Python exception that jinja2 would raise. */
    public enum Kind {
        /** The source is not a template ({@code TemplateSyntaxError}). */
        SYNTAX,
        /**
         * An undefined value was used for more than printing or testing it ({@code
         * UndefinedError}).
         */
        UNDEFINED,
        /** An operation does not exist for the types given ({@code TypeError}). */
        TYPE,
        /**
         * An operation exists but not for this value, such as a division by zero ({@code
         * ValueError} and others).
         */
        VALUE,
        /**
         * The sandbox forbids it: internals and methods that change lists or mappings ({@code
         * SecurityError}).
         */
        SECURITY,
        /**
         * A bound of this interpreter was exceeded: steps, output, memory, nesting or source
         * length.
         */
        LIMIT,
        /** The template called {@code raise_exception} ({@code TemplateError}). */
        RAISED
    }

    private static final long serialVersionUID = 1L;
    private static final int UNKNOWN_LINE = 0;

    private final Kind kind;
    private final int line;
    private final String reason;

    private TemplateException(Kind kind, int line, String reason) {
        super(
                kind == Kind.RAISED || line == UNKNOWN_LINE
                        ? reason
                        : "line " + line + ": " + reason);
        this.kind = kind;
        this.line = line;
        this.reason = reason;
    }

    public static TemplateException syntax(int line, String reason) {
        return new TemplateException(Kind.SYNTAX, line, reason);
    }

    public static TemplateException type(String reason) {
        return new TemplateException(Kind.TYPE, UNKNOWN_LINE, reason);
    }

    public static TemplateException value(String reason) {
        return new TemplateException(Kind.VALUE, UNKNOWN_LINE, reason);
    }

    public static TemplateException limit(String reason) {
        return new TemplateException(Kind.LIMIT, UNKNOWN_LINE, reason);
    }

    public static TemplateException of(Kind kind, String reason) {
        return new TemplateException(kind, UNKNOWN_LINE, reason);
    }

    /**
     * Returns this exception at {@code line}, unless an inner statement has already set the line.
     */
    public TemplateException at(int line) {
        if (this.line != UNKNOWN_LINE) {
            return this;
        }
        var located = new TemplateException(kind, line, reason);
        located.setStackTrace(getStackTrace());
        return located;
    }

    public Kind kind() {
        return kind;
    }

    /**
     * Returns the line of the template, from 1; 0 where the failure belongs to no line (a context
     * value, the source's length).
     */
    public int line() {
        return line;
    }

    /**
     * Returns whether the template itself refused the conversation, so that the message is for the
     * client.
     */
    public boolean raisedByTemplate() {
        return kind == Kind.RAISED;
    }
}
