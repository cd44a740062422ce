package org.dlora.api.openai.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Format of the answers of a call.
 *
 * @param isParallel whether an answer may have more than one call; else calls after the first one
 *     that is well formed are left out
 * @param hasShortIds whether ids of calls have 9 letters and digits, as Mistral's templates expect
 * @param hidesReasoning whether reasoning is left out
 */
public record AnswerFormat(
        Thinking thinking,
        CallMode calls,
        boolean isParallel,
        boolean hasShortIds,
        boolean hidesReasoning) {
    private static final int SHORT = 9;

    /** Answers that are content alone. */
    public static final AnswerFormat TEXT =
            new AnswerFormat(Thinking.NONE, new CallMode.None(), true, false, false);

    /** Creates a format of answers with their reasoning. */
    public AnswerFormat(
            Thinking thinking, CallMode calls, boolean isParallel, boolean hasShortIds) {
        this(thinking, calls, isParallel, hasShortIds, false);
    }

    /** Returns a reader of one answer. */
    public AnswerReader reader() {
        return new AnswerReader(this);
    }

    /**
     * Returns whether answers with calls have {@code tool_calls} as their finish reason. Those that
     * are the arguments of a named function have not, as with OpenAI.
     */
    public boolean finishesWithCalls() {
        return !(calls instanceof CallMode.Named);
    }

    /** Returns the tags that answers are searched for. */
    public List<String> tags() {
        var tags = new ArrayList<>(thinking.tags());
        if (calls instanceof CallMode.Auto auto) {
            tags.addAll(auto.format().tags());
        }
        return tags;
    }

    /** Returns a new id of a call. */
    public String newId() {
        var random = UUID.randomUUID().toString().replace("-", "");
        return hasShortIds ? random.substring(0, SHORT) : "call_" + random;
    }
}
