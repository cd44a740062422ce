package org.dlora.api.openai.tools;

/** Whether an answer has reasoning apart from its content. */
public enum Thinking {
    /** It has none: tags are content. */
    NONE,
    /** It may begin with {@code <think>}. */
    POSSIBLE,
    /** The prompt ends with {@code <think>}, so reasoning has begun. */
    BEGUN;

    private static final String TAG = "<think>";

    /** Returns whether a chat template has the model think between tags. */
    public static boolean isInTemplate(String template) {
        return template.contains(TAG);
    }

    /** Returns how an answer to {@code prompt} begins, of a model that thinks. */
    public static Thinking after(String prompt) {
        return prompt.stripTrailing().endsWith(TAG) ? BEGUN : POSSIBLE;
    }
}
