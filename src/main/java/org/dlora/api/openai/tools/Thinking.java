package org.dlora.api.openai.tools;

import java.util.List;
import org.dlora.constraint.ConstraintDefinition;

/** Whether an answer has reasoning apart from its content. */
public enum Thinking {
    /** It has none: tags are content. */
    NONE,
    /** It may begin with {@code <think>}. */
    POSSIBLE,
    /** The prompt ends with {@code <think>}, so reasoning has begun. */
    BEGUN;

    private static final String OPEN = "<think>";
    private static final String CLOSE = "</think>";

    /**
     * Characters that do not have the closing tag among them. Only its first one is {@code <}, so a
     * part of the tag that goes on in another way is followed by what may begin it anew.
     */
    private static final String THOUGHTS =
            "([^<]|(<|</|</t|</th|</thi|</thin|</think)*"
                    + "(<[^</]|</[^<t]|</t[^<h]|</th[^<i]|</thi[^<n]|</thin[^<k]|</think[^<>]))*"
                    + "(<|</|</t|</th|</thi|</thin|</think)*";

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
            return NONE;
        }
        return end.endsWith(OPEN) ? BEGUN : POSSIBLE;
    }

    /** Returns the tags, none if answers have no reasoning. */
    public List<String> tags() {
        return this == NONE ? List.of() : List.of(OPEN, CLOSE);
    }

    /** Returns the constraint to answers whose content is held to {@code content}. */
    public ConstraintDefinition before(ConstraintDefinition content) {
        return switch (this) {
            case NONE -> content;
            case POSSIBLE -> sequence("(\\n{0,2}" + OPEN + END + ")?", content);
            case BEGUN -> sequence(END, content);
        };
    }

    private static ConstraintDefinition sequence(String regex, ConstraintDefinition content) {
        return new ConstraintDefinition.Sequence(
                List.of(new ConstraintDefinition.Regex(regex), content));
    }
}
