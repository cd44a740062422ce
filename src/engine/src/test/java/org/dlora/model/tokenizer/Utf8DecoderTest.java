package org.dlora.model.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Well-formed sequences of the Unicode Standard (table 3-7), and one U+FFFD per maximal part. */
class Utf8DecoderTest {

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xcfff, 0xd000, 0xd7ff, 0xe000, 0xffff,
                0x10000, 0x3ffff, 0x40000, 0xfffff, 0x100000, 0x10ffff,
            })
    void theEndsOfEachLengthAreDecoded(int codePoint) {
        var character = Character.toString(codePoint);
        var decoder = new Utf8Decoder();
        var out = new StringBuilder();
        var bytes = ("a" + character + "b").getBytes(UTF_8);
        for (byte b : bytes) {
            decoder.decode(new byte[] {b}, out);
        }
        assertThat(out.toString()).isEqualTo("a" + character + "b");
    }

    /** The replacement character is written as ?. */
    @ParameterizedTest
    @CsvSource({
        "80, ?",
        "bf, ?",
        "c0 80, ??",
        "c1 bf, ??",
        "c2 41, ?A",
        "c2 c2 80, ?\u0080",
        "df c0, ??",
        "e0 9f 80, ???",
        "e0 a0 41, ?A",
        "e0 a0 80, \u0800",
        "e1 80 41, ?A",
        "ed a0 80, ???",
        "ed 9f bf, \ud7ff",
        "ee 80 80, \ue000",
        "ef bf c0, ??",
        "f0 8f bf bf, ????",
        "f0 90 80 41, ?A",
        "f0 90 41, ?A",
        "f1 80 80 c2 80, ?\u0080",
        "f4 90 80 80, ????",
        "f4 8f bf bf, \udbff\udfff",
        "f5 80, ??",
        "ff fe, ??",
        "e2 82 e2 82 ac, ?€",
        "f0 9f 98 f0 9f 98 80, ?😀",
        "e0 80, ??",
    })
    void aMalformedPartIsReplacedOnceHoweverItArrives(String hex, String expected) {
        var bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
        var text = expected.replace('?', '\ufffd');
        for (int cut = 0; cut <= bytes.length; cut++) {
            var decoder = new Utf8Decoder();
            var out = new StringBuilder();
            decoder.decode(Arrays.copyOf(bytes, cut), out);
            decoder.decode(Arrays.copyOfRange(bytes, cut, bytes.length), out);
            decoder.decode(new byte[] {'.'}, out);
            assertThat(out.toString()).isEqualTo(text + ".");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"c2", "e0", "e1 80", "ed", "f0", "f0 90 80", "f4"})
    void anUnfinishedCharacterHasNoText(String start) {
        var out = new StringBuilder();
        new Utf8Decoder().decode(HexFormat.ofDelimiter(" ").parseHex(start), out);
        assertThat(out).isEmpty();
    }
}
