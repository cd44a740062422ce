package org.dlora.model.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;

/** The spelling of tokens' bytes in a vocabulary: {@code decoder} of {@code tokenizer.json}. */
sealed interface TokenSpelling {

    /** Returns the bytes that {@code token} stands for. */
    byte[] of(String token);

    /** Returns whether a space at the start of the whole text is dropped. */
    boolean stripsLeadingSpace();

    /**
     * GPT-2's byte-level spelling: every byte has a printable character of its own. A token with
     * any other character, such as an added one, stands for itself.
     */
    record ByteLevel() implements TokenSpelling {
        @Override
        public byte[] of(String token) {
            var bytes = new byte[token.length()];
            for (int i = 0; i < bytes.length; i++) {
                int b = byteOf(token.charAt(i));
                if (b < 0) {
                    return token.getBytes(UTF_8);
                }
                bytes[i] = (byte) b;
            }
            return bytes;
        }

        @Override
        public boolean stripsLeadingSpace() {
            return false;
        }

        /**
         * Inverts {@code bytes_to_unicode}: printable Latin-1 is itself, the 68 other bytes follow
         * from U+0100 on.
         */
        private static int byteOf(char c) {
            if ((c >= 0x21 && c <= 0x7E) || (c >= 0xA1 && c <= 0xFF && c != 0xAD)) {
                return c;
            }
            int rank = c - 0x100;
            if (rank < 0 || rank > 67) {
                return -1;
            }
            if (rank <= 0x20) {
                return rank;
            }
            return rank <= 0x42 ? rank - 0x21 + 0x7F : 0xAD;
        }
    }

    /**
     * SentencePiece's spelling: {@code ▁} is a space, {@code <0x0A>} a byte that no other token
     * covers.
     *
     * @param byteFallback whether {@code <0x0A>} is read so
     */
    record SentencePiece(boolean byteFallback, boolean stripsLeadingSpace)
            implements TokenSpelling {
        @Override
        public byte[] of(String token) {
            if (byteFallback
                    && token.length() == 6
                    && token.startsWith("<0x")
                    && token.endsWith(">")
                    && HexFormat.isHexDigit(token.charAt(3))
                    && HexFormat.isHexDigit(token.charAt(4))) {
                return new byte[] {(byte) HexFormat.fromHexDigits(token, 3, 5)};
            }
            return token.replace('▁', ' ').getBytes(UTF_8);
        }
    }
}
