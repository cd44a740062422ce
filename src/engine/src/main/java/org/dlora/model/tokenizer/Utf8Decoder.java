package org.dlora.model.tokenizer;

/**
 * Decoder of UTF-8 that arrives in arbitrary pieces. Malformed input becomes one U+FFFD per maximal
 * invalid part, as in the WHATWG Encoding Standard and Rust's {@code from_utf8_lossy}; the JDK's
 * decoder differs on encoded surrogates, and tokenizers follow Rust.
 *
 * @see <a href="https://encoding.spec.whatwg.org/#utf-8-decoder">the algorithm</a>
 */
final class Utf8Decoder {
    private static final String REPLACEMENT = "\uFFFD";

    private int codePoint;
    private int missing;
    private int lower = 0x80;
    private int upper = 0xBF;

    /** Appends the characters that {@code bytes} complete. An unfinished one appends nothing. */
    void decode(byte[] bytes, StringBuilder out) {
        for (byte b : bytes) {
            decode(b & 0xFF, out);
        }
    }

    private void reset() {
        missing = 0;
        lower = 0x80;
        upper = 0xBF;
    }

    private void decode(int b, StringBuilder out) {
        if (missing == 0) {
            begin(b, out);
        } else if (b < lower || b > upper) {
            reset();
            out.append(REPLACEMENT);
            begin(b, out);
        } else {
            lower = 0x80;
            upper = 0xBF;
            codePoint = (codePoint << 6) | (b & 0x3F);
            missing--;
            if (missing == 0) {
                out.appendCodePoint(codePoint);
            }
        }
    }

    private void begin(int b, StringBuilder out) {
        if (b < 0x80) {
            out.append((char) b);
        } else if (b >= 0xC2 && b <= 0xDF) {
            expect(1, b & 0x1F);
        } else if (b >= 0xE0 && b <= 0xEF) {
            lower = b == 0xE0 ? 0xA0 : 0x80;
            upper = b == 0xED ? 0x9F : 0xBF;
            expect(2, b & 0xF);
        } else if (b >= 0xF0 && b <= 0xF4) {
            lower = b == 0xF0 ? 0x90 : 0x80;
            upper = b == 0xF4 ? 0x8F : 0xBF;
            expect(3, b & 0x7);
        } else {
            out.append(REPLACEMENT);
        }
    }

    private void expect(int continuations, int bits) {
        missing = continuations;
        codePoint = bits;
    }
}
