package org.dlora.device;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CopyHeaderTest {
    private static final String TEXT =
            "dlora copy 1\nkind=matrix\nlayout=panels1-16x32-le\ndtype=BF16\nshape=3,4\nbytes=10\n";

    private final CopyHeader header =
            new CopyHeader("matrix", "panels1-16x32-le", DType.BF16, List.of(3, 4), 10);

    @Test
    void isTextPaddedWithZerosInFrontOfTheContent() {
        var copy = MemorySegment.ofArray(new byte[138]).fill((byte) 1);
        header.writeTo(copy).fill((byte) 7);
        var bytes = copy.toArray(JAVA_BYTE);
        assertThat(header.copyBytes()).isEqualTo(138);
        assertThat(new String(bytes, 0, TEXT.length(), US_ASCII)).isEqualTo(TEXT);
        assertThat(Arrays.copyOfRange(bytes, TEXT.length(), 128)).containsOnly(0);
        assertThat(Arrays.copyOfRange(bytes, 128, 138)).containsOnly(7);
    }

    @Test
    void aHeaderIsReadBackWithItsContent() {
        var copy = copy(TEXT, 138);
        copy.set(JAVA_BYTE, 128, (byte) 5);
        assertThat(CopyHeader.of(copy)).isEqualTo(header);
        var content = header.contentOf(copy);
        assertThat(content.byteSize()).isEqualTo(10);
        assertThat(content.get(JAVA_BYTE, 0)).isEqualTo((byte) 5);
    }

    @ParameterizedTest
    @CsvSource({
        "dlora copy 1, dlora copy 2",
        "dtype=BF16, dtype=F16",
        "'shape=3,4', 'shape=3,,4'",
        "'shape=3,4', 'shape=-3,4'",
        "'shape=3,4', 'shape=1234567890,4'",
        "bytes=10, bytes=",
        "bytes=10, bytes=1234567890123456789",
        "kind=matrix, kind=",
    })
    void otherTextIsNoHeader(String part, String other) {
        var copy = copy(TEXT.replace(part, other), 138);
        assertThatThrownBy(() -> CopyHeader.of(copy))
                .isInstanceOf(CopyMismatchException.class)
                .hasMessageContaining("138 bytes without a header");
    }

    @Test
    void nothingButZerosFollowsTheText() {
        assertThatThrownBy(() -> CopyHeader.of(copy(TEXT + "\0x", 138)))
                .isInstanceOf(CopyMismatchException.class);
    }

    @Test
    void aCopyOfAnotherSizeThanItSaysIsRefused() {
        for (int size : new int[] {137, 139, 128}) {
            assertThatThrownBy(() -> header.contentOf(copy(TEXT, size)))
                    .isInstanceOf(CopyMismatchException.class)
                    .hasMessageContaining(size + " bytes for a copy of a matrix [3, 4] of BF16")
                    .hasMessageContaining("expected 138");
        }
    }

    private static MemorySegment copy(String text, int size) {
        return MemorySegment.ofArray(Arrays.copyOf(text.getBytes(US_ASCII), size));
    }
}
