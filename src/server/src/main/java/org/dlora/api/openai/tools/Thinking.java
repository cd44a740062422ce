package org.dlora.api.openai.tools;

import java.util.List;
import org.dlora.constraint.ConstraintDefinition;

/** Reasoning of an answer apart from its content. */
public enum Thinking {
    /** The model does not reason: tags are content. */
    NONE,
    /** The model reasons, but not in this answer: tags are content. */
    ENDED,
    /** The answer may begin with {@code <think>}. */
    POSSIBLE,
    /** The prompt ends in reasoning, so it has begun. */
    BEGUN;

    private static final String OPEN = "<think>";
    private static final String CLOSE = "</think>";

    /** The closing tag broken off, at any place. */
    private static final String BROKEN = "(<|</|</t|</th|</thi|</thin|</think)*";

    /**
     * Characters without the closing tag among them. The tag has {@code <} only at its beginning,
     * so after a broken one the search for it starts again at the next {@code <}.
     */
    private static final String THOUGHTS =
            "([^<]|"
                    + BROKEN
                    + "(<[^</]|</[^<t]|</t[^<h]|</th[^<i]|</thi[^<n]|</thin[^<k]|</think[^<>]))*"
                    + BROKEN;

    /** Reasoning that has begun, with line feeds before the content, as models write them. */
    private static final String END = THOUGHTS + CLOSE + "\\n{0,2}";

    /** Returns whether a chat template has the model think between tags. */
    public static boolean isInTemplate(String template) {
        return template.contains(OPEN);
    }

    /** Returns how an answer to {@code prompt} begins, of a model that thinks. */
    public static Thinking after(String prompt) {
        var end = prompt.stripTrailing();
        if (end.endsWith(CLOSE)) {
            return ENDED;
        }
        return end.endsWith(OPEN) ? BEGUN : POSSIBLE;
    }

    /**
     * Returns how an answer begins that continues a message, of a model that thinks.
     *
     * @param message its text so far
     * @param prompt ends with it
     */
    public static Thinking continuing(String message, String prompt) {
        if (message.isBlank()) {
            return after(prompt);
        }
        return message.lastIndexOf(OPEN) > message.lastIndexOf(CLOSE) ? BEGUN : ENDED;
    }

    /** Returns whether an answer may have reasoning. */
    public boolean mayReason() {
        return this == POSSIBLE || this == BEGUN;
    }

    /** Returns the tags, none if answers have no reasoning. */
    public List<String> tags() {
        return mayReason() ? List.of(OPEN, CLOSE) : List.of();
    }

    /** Returns the constraint to answers whose content is held to {@code content}. */
    public ConstraintDefinition before(ConstraintDefinition content) {
        return switch (this) {
            case NONE, ENDED -> content;
            case POSSIBLE -> sequence("(" + OPEN + END + ")?", content);
            case BEGUN -> sequence(END, content);
        };
    }

    private static ConstraintDefinition sequence(String regex, ConstraintDefinition content) {
        return new ConstraintDefinition.Sequence(
                List.of(new ConstraintDefinition.Regex(regex), content));
    }
}
