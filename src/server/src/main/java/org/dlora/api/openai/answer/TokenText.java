package org.dlora.api.openai.answer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.dlora.model.tokenizer.Tokenizer;

/** Text and bytes of a single token, as log-probabilities show them. */
public final class TokenText {
    private TokenText() {}

    /**
     * Returns the token's text. If it is not whole characters, it is {@code bytes:\xe2\x80}, as
     * OpenAI writes it.
     */
    public static String of(Tokenizer tokenizer, int token) {
        var bytes = tokenizer.tokenBytes(token);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException _) {
            var text = new StringBuilder("bytes:");
            for (byte b : bytes) {
                text.append(String.format("\\x%02x", b & 0xff));
            }
            return text.toString();
        }
    }

    /** Returns the token's UTF-8 bytes, unsigned. */
    static int[] bytes(Tokenizer tokenizer, int token) {
        var bytes = tokenizer.tokenBytes(token);
        var unsigned = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            unsigned[i] = bytes[i] & 0xff;
        }
        return unsigned;
    }
}
