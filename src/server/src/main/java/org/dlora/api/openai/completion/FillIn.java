package org.dlora.api.openai.completion;

import java.util.Arrays;
import java.util.Optional;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.web.ApiException;
import org.dlora.model.tokenizer.Tokenizer;

/**
 * Format of prompts that ask a model for the text between a prompt and a suffix (fill in the
 * middle). The special tokens of a tokenizer tell which one its model was trained with.
 *
 * <p>Formats: the model cards of StarCoder, Qwen 2.5 Coder, DeepSeek Coder and Codestral.
 */
public enum FillIn {
    QWEN("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    STARCODER("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    SANTACODER("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
    DEEPSEEK("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
    /** The suffix comes first, and the answer goes on behind the prompt. */
    CODESTRAL("[PREFIX]", "[SUFFIX]", "") {
        @Override
        public String render(String prompt, String suffix) {
            return this.suffix + suffix + prefix + prompt;
        }
    };

    final String prefix;
    final String suffix;
    private final String middle;

    FillIn(String prefix, String suffix, String middle) {
        this.prefix = prefix;
        this.suffix = suffix;
        this.middle = middle;
    }

    /** Returns the format that a tokenizer has the tokens of. */
    static Optional<FillIn> of(Tokenizer tokenizer) {
        return Arrays.stream(values()).filter(format -> format.isIn(tokenizer)).findFirst();
    }

    private boolean isIn(Tokenizer tokenizer) {
        return tokenizer.isToken(prefix)
                && tokenizer.isToken(suffix)
                && (middle.isEmpty() || tokenizer.isToken(middle));
    }

    /** Returns the text of the prompt, with the names of the tokens. */
    public String render(String prompt, String suffix) {
        return prefix + prompt + this.suffix + suffix + middle;
    }

    /**
     * Returns the text that asks a model to fill in.
     *
     * @throws ApiException if its tokenizer has no tokens for that
     */
    public static String prompt(String prompt, String suffix, ServedModel served) {
        return of(served.tokenizer())
                .orElseThrow(() ->
                        ApiException.unsupported(
                                "suffix",
                                "the model was not trained to fill in: its tokenizer has no tokens such as "
                                        + QWEN.prefix))
                .render(prompt, suffix);
    }
}
