package org.dlora.model.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.dlora.model.tokenizer.TokenSpelling.ByteLevel;
import org.dlora.model.tokenizer.TokenSpelling.SentencePiece;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenSpellingTest {

    /** The table of GPT-2's {@code bytes_to_unicode}: bytes that do not print follow U+0100. */
    @Test
    void everyByteHasACharacterOfItsOwn() {
        int others = 0;
        for (int b = 0; b < 256; b++) {
            boolean prints =
                    (b >= '!' && b <= '~') || (b >= '¡' && b <= '¬') || (b >= '®' && b <= 'ÿ');
            int character = prints ? b : 256 + others++;
            assertThat(new ByteLevel().of(Character.toString(character)))
                    .as("byte %d", b)
                    .containsExactly(b);
        }
        assertThat(others).isEqualTo(68);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0144", "\u0145", " ", "\u007f", "\u00a0", "\u00ad", "<|終|>", "Ġa b"})
    void aTokenWithAnotherCharacterStandsForItself(String token) {
        assertThat(new ByteLevel().of(token)).isEqualTo(token.getBytes(UTF_8));
    }

    @Test
    void bytesOfATokenAddUp() {
        assertThat(new ByteLevel().of("ĠcafÃ©Ċ")).isEqualTo(" café\n".getBytes(UTF_8));
        assertThat(new ByteLevel().of("")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"<0x0A>, 0a", "<0xff>, ff", "<0xF0>, f0", "<0x00>, 00"})
    void aFallbackTokenIsItsByte(String token, String bytes) {
        assertThat(new SentencePiece(true, true).of(token))
                .isEqualTo(HexFormat.of().parseHex(bytes));
        assertThat(new SentencePiece(false, true).of(token)).isEqualTo(token.getBytes(UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<0x0G>", "<0xG0>", "<0x0A", "<0x0A>>", "<0X0A>", "0x0A>>", "<0x１２>", "<0x+1>"
            })
    void otherTokensAreText(String token) {
        assertThat(new SentencePiece(true, true).of(token)).isEqualTo(token.getBytes(UTF_8));
    }

    @Test
    void everyWordMarkIsASpace() {
        assertThat(new SentencePiece(true, true).of("▁a▁▁é")).isEqualTo(" a  é".getBytes(UTF_8));
    }
}
