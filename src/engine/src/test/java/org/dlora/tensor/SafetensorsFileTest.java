package org.dlora.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests of the files that the format's specification allows, and of those that it does not, byte by
 * byte.
 */
class SafetensorsFileTest {
    private static final String DAMAGED =
            ". The file is damaged or not safetensors; copy or save it again";

    @TempDir Path folder;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void unmap() {
        arena.close();
    }

    @Test
    void aTensorIsFoundByItsOffsetsWhereverItStandsInTheHeader() throws IOException {
        var tensors =
                map(
                        """
                        {"last":{"data_offsets":[2,3],"shape":[1],"dtype":"U8"},
                         "first":{"dtype":"I8","shape":[1,2],"data_offsets":[0,2]}}\
                        """,
                        10,
                        20,
                        30);
        assertThat(tensors.keySet()).containsExactly("last", "first");
        assertThat(bytes(named("last", tensors))).containsExactly(30);
        assertThat(bytes(named("first", tensors))).containsExactly(10, 20);
        assertThat(named("first", tensors).dtype()).isEqualTo(DType.I8);
        assertThat(named("first", tensors).shape()).containsExactly(1L, 2L);
    }

    @Test
    void aTensorCannotBeWrittenTo() throws IOException {
        var tensor = named("x", map(tensor("x", "U8", "[1]", 0, 1), 7));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> tensor.data().set(JAVA_BYTE, 0, (byte) 1));
    }

    /** Element sizes as in the specification. */
    @ParameterizedTest
    @CsvSource({
        "F64, 8",
        "I64, 8",
        "U64, 8",
        "F32, 4",
        "I32, 4",
        "U32, 4",
        "F16, 2",
        "BF16, 2",
        "I16, 2",
        "U16, 2",
        "I8, 1",
        "U8, 1",
        "BOOL, 1",
        "F8_E4M3, 1",
        "F8_E5M2, 1",
    })
    void elementsHaveTheSizeOfTheirDtype(String dtype, int size) throws IOException {
        assertThatCode(() -> map(tensor("x", dtype, "[1]", 0, size), new int[size]))
                .doesNotThrowAnyException();
        assertRefused(
                tensor("x", dtype, "[1]", 0, size + 1),
                size + 1,
                "tensor x: shape [1] of %s takes %d bytes, but data_offsets [0, %d] span %d"
                        .formatted(dtype, size, size + 1, size + 1));
    }

    @Test
    void tensorsMayNotOverlapByAByte() throws IOException {
        assertRefused(
                two(0, 2, 1, 3),
                3,
                "data_offsets of tensor b overlap those of a: it begins at 1, expected 2");
    }

    @Test
    void tensorsMayNotLeaveAGapOfAByte() throws IOException {
        assertRefused(
                two(0, 2, 3, 5),
                5,
                "data_offsets of tensor b leave a gap after a: it begins at 3, expected 2");
        assertRefused(
                tensor("a", "U8", "[1]", 1, 2),
                2,
                "data_offsets of tensor a leave a gap after the header: it begins at 1, expected 0");
    }

    @Test
    void noByteMayFollowTheLastTensor() throws IOException {
        assertRefused(two(0, 2, 2, 4), 5, "1 bytes follow the last tensor, b; expected none");
        assertRefused("{}", 1, "1 bytes follow the last tensor, the header; expected none");
    }

    @Test
    void noTensorMayLieBeyondTheFile() throws IOException {
        assertRefused(
                two(0, 2, 2, 4),
                3,
                "tensor b: data_offsets [2, 4] lie beyond the end of the file, which has 3 bytes of data; it is truncated");
    }

    @Test
    void emptyTensorsTakeNoBytesWhereverTheyStand() throws IOException {
        var tensors =
                map(
                        """
                        {"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
                         "c":{"dtype":"F64","shape":[5,0],"data_offsets":[1,1]}}\
                        """,
                        9);
        assertThat(named("c", tensors).data().byteSize()).isZero();
        assertThat(bytes(named("b", tensors))).containsExactly(9);
    }

    @Test
    void sizesThatOverflowAreRefused() throws IOException {
        assertRefused(
                tensor("x", "F32", "[2305843009213693952]", 0, 0),
                0,
                "tensor x: shape [2305843009213693952] has more than 2^63 bytes");
        assertRefused(
                tensor("x", "U8", "[4294967296, 4294967296]", 0, 0),
                0,
                "tensor x: shape [4294967296, 4294967296] has more than 2^63 bytes");
    }

    @Test
    void aHeaderMayHave64DimensionsAndNoMore() throws IOException {
        var shape = "[1" + ",1".repeat(63) + "]";
        assertThat(named("x", map(tensor("x", "U8", shape, 0, 1), 1)).shape()).hasSize(64);
        assertRefused(
                tensor("x", "U8", shape.replace("]", ",1]"), 0, 1),
                1,
                "tensor x: shape has more than 64 elements");
    }

    @Test
    void namesMayHave1000CharactersOfAnyScript() throws IOException {
        var longest = "é".repeat(999) + "層";
        assertThat(map(tensor(longest, "U8", "[1]", 0, 1), 1)).containsOnlyKeys(longest);
        assertRefused(
                tensor(longest + "x", "U8", "[1]", 0, 1),
                1,
                "a tensor name in the header is empty, too long or has control characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\\nb", "a\\u0000", "a\\u007f", "a\\u0085"})
    void namesHaveNoControlCharacters(String name) throws IOException {
        assertRefused(
                tensor(name, "U8", "[1]", 0, 1),
                1,
                "a tensor name in the header is empty, too long or has control characters");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {"x":[]}                                 => tensor x must be described by a JSON object
                    {"x":{"dtype":"U8","shape":[1]}}         => tensor x: needs dtype, shape and data_offsets
                    {"x":{"dtype":"U8","data_offsets":[0,1]}} => tensor x: needs dtype, shape and data_offsets
                    {"x":{"shape":[1],"data_offsets":[0,1]}} => tensor x: needs dtype, shape and data_offsets
                    {"x":{"dtype":null}}                     => tensor x: dtype must be a string
                    {"x":{"dtype":"u8"}}                     => tensor x: unknown dtype "u8"; expected one of [F64, F32,
                    {"x":{"shape":1}}                        => tensor x: shape must be an array
                    {"x":{"shape":[-1]}}                     => tensor x: shape must hold integers from 0 to 2^63-1, found "-1"
                    {"x":{"shape":[9223372036854775808]}}    => tensor x: shape must hold integers from 0 to 2^63-1, found "9223372036854775808"
                    {"x":{"shape":[1.0]}}                    => tensor x: shape must hold integers from 0 to 2^63-1, found "1.0"
                    {"x":{"shape":["1"]}}                    => tensor x: shape must hold integers from 0 to 2^63-1, found "1"
                    {"x":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}} => tensor x: data_offsets must be [begin, end] with begin <= end, found [1, 0]
                    {"x":{"dtype":"U8","shape":[1],"data_offsets":[1]}} => tensor x: data_offsets must be [begin, end] with begin <= end, found [1]
                    {"x":{"shape":[1],"shape":[1]}}          => tensor x: duplicate field shape
                    {"x":{"data_offsets":[0,1],"data_offsets":[0,1]}} => tensor x: duplicate field data_offsets
                    {"x":{"strides":[1]}}                    => tensor x: unknown field "strides"
                    {"__metadata__":{},"__metadata__":{}}    => duplicate __metadata__ in the header
                    {} {}                                    => the header is not JSON: more text follows its object
                    []                                       => the header is not JSON: it must begin with '{'
                    """)
    void aMalformedHeaderIsRefusedInWords(String header, String problem) throws IOException {
        var file = write(header, new byte[1]);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFile.map(file, arena))
                .withMessageStartingWith("w.safetensors: " + problem)
                .withMessageEndingWith(DAMAGED);
    }

    @Test
    void longValuesAreCutAndControlCharactersReplacedInMessages() throws IOException {
        var file = write("{\"x\":{\"dtype\":\"a\\nb" + "c".repeat(200) + "\"}}", new byte[0]);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFile.map(file, arena))
                .withMessageContaining("unknown dtype \"a?b" + "c".repeat(97) + "…\"");
    }

    @Test
    void aFileIsAtLeastItsHeadersLength() throws IOException {
        var file = Files.write(folder.resolve("w.safetensors"), new byte[7]);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFile.map(file, arena))
                .withMessageContaining("empty or too short: 7 bytes are no safetensors file");
        Files.write(file, new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFile.map(file, arena))
                .withMessageContaining(
                        "header length 1 is more than the 0 bytes that a file of 8 bytes can have");
        Files.write(file, new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
        assertThat(SafetensorsFile.map(file, arena)).isEmpty();
    }

    private void assertRefused(String header, int dataBytes, String problem) throws IOException {
        var file = write(header, new byte[dataBytes]);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFile.map(file, arena))
                .withMessage("w.safetensors: " + problem + DAMAGED);
    }

    private Map<String, Tensor> map(String header, int... data) throws IOException {
        var bytes = new byte[data.length];
        for (int i = 0; i < data.length; i++) {
            bytes[i] = (byte) data[i];
        }
        return SafetensorsFile.map(write(header, bytes), arena);
    }

    private Path write(String header, byte[] data) throws IOException {
        var json = header.getBytes(UTF_8);
        var file =
                ByteBuffer.allocate(8 + json.length + data.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .put(data);
        return Files.write(folder.resolve("w.safetensors"), file.array());
    }

    private static String tensor(String name, String dtype, String shape, long begin, long end) {
        return "{\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}}"
                .formatted(name, dtype, shape, begin, end);
    }

    /** Two tensors of two bytes. */
    private static String two(int beginA, int endA, int beginB, int endB) {
        return """
        {"a":{"dtype":"U8","shape":[2],"data_offsets":[%d,%d]},"b":{"dtype":"I16","shape":[1],"data_offsets":[%d,%d]}}\
        """
                .formatted(beginA, endA, beginB, endB);
    }

    private static Tensor named(String name, Map<String, Tensor> tensors) {
        return requireNonNull(tensors.get(name));
    }

    private static byte[] bytes(Tensor tensor) {
        return tensor.data().toArray(JAVA_BYTE);
    }
}
