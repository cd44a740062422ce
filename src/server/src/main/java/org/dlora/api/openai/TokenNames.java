package org.dlora.api.openai;

import org.dlora.model.tokenizer.Tokenizer;

/**
 * Names of tokens in log-probabilities: their texts, or {@code token_id:123} where the request asks
 * for ids (vLLM's {@code return_tokens_as_token_ids}).
 */
record TokenNames(Tokenizer tokenizer, boolean asIds) {
    static TokenNames of(Call call) {
        return new TokenNames(call.served().tokenizer(), call.options().tokensAsIds());
    }

    String of(int token) {
        return asIds ? "token_id:" + token : TokenText.of(tokenizer, token);
    }

    /** Returns the token's UTF-8 bytes, unsigned, whatever its name is. */
    int[] bytes(int token) {
        return TokenText.bytes(tokenizer, token);
    }
}
