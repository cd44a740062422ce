package org.dlora.api.openai.answer;

import org.dlora.api.openai.call.Call;
import org.dlora.model.tokenizer.Tokenizer;

/**
 * Names of tokens in log-probabilities: their texts, or {@code token_id:123} where the request asks
 * for ids (vLLM's {@code return_tokens_as_token_ids}).
 */
public record TokenNames(Tokenizer tokenizer, boolean asIds) {
    public static TokenNames of(Call call) {
        return new TokenNames(call.served().tokenizer(), call.options().tokensAsIds());
    }

    public String of(int token) {
        return asIds ? "token_id:" + token : TokenText.of(tokenizer, token);
    }

    /** Returns the token's UTF-8 bytes, unsigned, whatever its name is. */
    public int[] bytes(int token) {
        return TokenText.bytes(tokenizer, token);
    }
}
