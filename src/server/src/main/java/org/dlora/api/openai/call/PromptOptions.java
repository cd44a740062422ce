package org.dlora.api.openai.call;

import java.util.Arrays;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;

/**
 * Options of a prompt that are vLLM's.
 *
 * @param logprobs {@code prompt_logprobs}, likeliest tokens to report for each place of the prompt,
 *     -1 = no log-probabilities
 * @param cut {@code truncate_prompt_tokens}, most tokens of the prompt: -1 = what the context
 *     leaves, 0 = the prompt is not cut
 * @param keepsBegin {@code truncation_side: right}, whether the first tokens are kept instead of
 *     the last
 */
public record PromptOptions(int logprobs, int cut, boolean keepsBegin) {

    /**
     * Reads the options of a prompt from a body.
     *
     * @throws ApiException if log-probabilities of a prompt are wanted in a stream, as vLLM has
     *     none there
     */
    public static PromptOptions read(Fields fields, ServedModel served) {
        int logprobs =
                served.calls()
                        .alternatives(fields, "prompt_logprobs", served.vocabSize())
                        .orElse(-1);
        if (logprobs >= 0 && fields.flag("stream", false)) {
            throw ApiException.invalid(
                    "prompt_logprobs",
                    "'prompt_logprobs' is not available with 'stream': true. Ask for a whole answer.");
        }
        var side = fields.text("truncation_side").orElse("left");
        if (!side.equals("left") && !side.equals("right")) {
            throw ApiException.invalid(
                    "truncation_side",
                    "'truncation_side' must be 'left' or 'right', but is '%s'.".formatted(side));
        }
        return new PromptOptions(logprobs, cut(fields, served), side.equals("right"));
    }

    private static int cut(Fields fields, ServedModel served) {
        int cut =
                fields.integer("truncate_prompt_tokens", -1, served.maxModelLength() - 1).orElse(0);
        if (cut == 0 && fields.has("truncate_prompt_tokens")) {
            throw ApiException.invalid(
                    "truncate_prompt_tokens",
                    "'truncate_prompt_tokens' is 0, which leaves no prompt: give -1 for what fits, or at least 1.");
        }
        return cut;
    }

    public boolean cuts() {
        return cut != 0;
    }

    /** Returns the tokens of the prompt that are kept. */
    public int[] keep(int[] tokens, ServedModel served) {
        int most = cut < 0 ? served.maxModelLength() - 1 : cut;
        if (!cuts() || tokens.length <= most) {
            return tokens;
        }
        return keepsBegin
                ? Arrays.copyOf(tokens, most)
                : Arrays.copyOfRange(tokens, tokens.length - most, tokens.length);
    }
}
