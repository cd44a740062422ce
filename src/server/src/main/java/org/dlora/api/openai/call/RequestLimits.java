package org.dlora.api.openai.call;

import java.util.List;
import java.util.OptionalInt;
import org.dlora.api.web.ApiException;

/** Limits of a request by the model's context: the length of its prompt and of its answer. */
public final class RequestLimits {
    private static final int LONGEST_TEXT = 1 << 20;
    private static final int CHARACTERS_PER_TOKEN = 8;

    /**
     * Most log-probabilities of prompts in one answer, which has them in memory as a whole; and of
     * answers.
     */
    private static final long MOST_LOGPROBS = 1_000_000;

    /** Alternatives at one place up to which answers may be of any length. */
    private static final int FEW_LOGPROBS = 20;

    private RequestLimits() {}

    /** Returns the most characters that are tokenised at once. */
    public static long longestText(ServedModel served) {
        return Math.max(LONGEST_TEXT, (long) CHARACTERS_PER_TOKEN * served.maxModelLength());
    }

    /**
     * Refuses a call whose answer would have too many log-probabilities of prompts.
     *
     * @param top alternatives at each place, -1 = none
     * @throws ApiException with status 400
     */
    public static void checkPromptLogprobs(List<int[]> prompts, int choices, int top) {
        long places = prompts.stream().mapToLong(prompt -> prompt.length).sum();
        long asked = places * choices * (top + 1);
        if (asked > MOST_LOGPROBS) {
            throw ApiException.invalid(
                    "prompt_logprobs",
                    "The call asks for %,d log-probabilities of prompts (%,d tokens, n=%d, %d and the prompt's own at each); at most %,d are told at once. Ask for fewer."
                            .formatted(asked, places, choices, top, MOST_LOGPROBS));
        }
    }

    /**
     * Refuses a call whose answers may have too many log-probabilities.
     *
     * @param param the member that asks for them
     * @param maxTokens most tokens of each prompt's answers
     * @param top alternatives at each place, -1 = none
     * @throws ApiException with status 400
     */
    static void checkLogprobs(String param, List<Integer> maxTokens, int choices, int top) {
        long places = maxTokens.stream().mapToLong(Integer::longValue).sum();
        long asked = places * choices * (top + 1);
        if (top > FEW_LOGPROBS && asked > MOST_LOGPROBS) {
            throw ApiException.invalid(
                    param,
                    "The answer may have %,d log-probabilities (%,d tokens, n=%d, %d and the token's own at each); with more than %d at each at most %,d are told at once. Ask for fewer, or give a smaller 'max_tokens'."
                            .formatted(asked, places, choices, top, FEW_LOGPROBS, MOST_LOGPROBS));
        }
    }

    /**
     * Refuses a text that is too long to be tokenised at all, so that none takes the memory of the
     * process.
     *
     * @param param the member that holds the text
     */
    public static void checkLength(ServedModel served, String param, String text) {
        long longest = longestText(served);
        if (text.length() > longest) {
            throw ApiException.tooLong(
                    param,
                    "'%s' has %,d characters, but at most %,d are tokenised at once. Shorten it."
                            .formatted(param, text.length(), longest));
        }
    }

    /**
     * Refuses a prompt that is far too long before it is tokenised, because tokenising takes time.
     *
     * @param param the member that holds the prompt
     */
    public static void checkText(ServedModel served, String param, String text) {
        checkText(served, param, text, false);
    }

    /**
     * Refuses a prompt as {@link #checkText(ServedModel, String, String)} does, but for one that is
     * cut to what fits.
     */
    public static void checkText(ServedModel served, String param, String text, boolean isCut) {
        checkLength(served, param, text);
        int least = served.tokenizer().leastTokens(text);
        if (!isCut && least >= served.maxModelLength()) {
            throw leavesNone(served, param, "at least " + least);
        }
    }

    private static ApiException leavesNone(ServedModel served, String param, String tokens) {
        return ApiException.tooLong(
                param,
                "This model's maximum context length is "
                        + served.maxModelLength()
                        + " tokens, but the prompt has "
                        + tokens
                        + " tokens, which leaves none for the answer. Shorten '"
                        + param
                        + "'.");
    }

    /**
     * Returns the most tokens of the answer: {@code asked}, or else {@code otherwise} as far as the
     * context has room.
     *
     * @param param the member that holds the prompt, for errors
     */
    public static int maxTokens(
            ServedModel served, String param, int promptTokens, OptionalInt asked, int otherwise) {
        int context = served.maxModelLength();
        int rest = context - promptTokens;
        if (promptTokens == 0) {
            throw ApiException.invalid(
                    param, "'" + param + "' has no tokens: give the model at least one.");
        }
        if (rest < 1) {
            throw leavesNone(served, param, String.valueOf(promptTokens));
        }
        if (asked.isPresent() && asked.getAsInt() > rest) {
            throw ApiException.tooLong(
                    param,
                    "This model's maximum context length is "
                            + context
                            + " tokens, but you asked for "
                            + ((long) promptTokens + asked.getAsInt())
                            + " ("
                            + promptTokens
                            + " in the prompt, "
                            + asked.getAsInt()
                            + " for the answer). Shorten '"
                            + param
                            + "' or ask for fewer tokens.");
        }
        return Math.min(rest, asked.orElse(otherwise));
    }
}
