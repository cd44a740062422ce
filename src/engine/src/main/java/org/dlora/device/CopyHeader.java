package org.dlora.device;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dlora.tensor.DType;

/**
 * Header in front of bytes that were copied out of a device. It says what they are, so that only
 * memory that is laid out alike takes them. Text of {@value #BYTES} bytes, padded with zeros.
 *
 * @param kind kind of the copied data, e.g. {@code matrix}
 * @param layout name of the layout of the bytes, with its version
 * @param dtype {@code F32} or {@code BF16}
 * @param shape sizes that the layout depends on
 * @param bytes size of the copy without its header
 */
public record CopyHeader(String kind, String layout, DType dtype, List<Integer> shape, long bytes) {
    /** Size of a header. */
    public static final int BYTES = 128;

    private static final Pattern FORMAT =
            Pattern.compile(
                    "dlora copy 1\nkind=(.+)\nlayout=(.+)\ndtype=(F32|BF16)\nshape=(\\d{1,9}(?:,\\d{1,9})*)\nbytes=(\\d{1,18})\n\0*");

    public CopyHeader {
        shape = List.copyOf(shape);
    }

    /** Returns the bytes of a copy, its header included. */
    public long copyBytes() {
        return BYTES + bytes;
    }

    /**
     * Writes the header.
     *
     * @return where the copied bytes go
     * @throws CopyMismatchException if {@code to} is not of {@link #copyBytes}
     */
    public MemorySegment writeTo(MemorySegment to) {
        requireSize(to);
        var text =
                "dlora copy 1\nkind=%s\nlayout=%s\ndtype=%s\nshape=%s\nbytes=%d\n"
                        .formatted(kind, layout, dtype, dimensions(","), bytes);
        var header = new byte[BYTES];
        var encoded = text.getBytes(US_ASCII);
        System.arraycopy(encoded, 0, header, 0, encoded.length);
        MemorySegment.copy(header, 0, to, JAVA_BYTE, 0, BYTES);
        return to.asSlice(BYTES);
    }

    /**
     * Reads the header of a copy.
     *
     * @throws CopyMismatchException if there is none
     */
    public static CopyHeader of(MemorySegment copy) {
        var header = new byte[(int) Math.min(BYTES, copy.byteSize())];
        MemorySegment.copy(copy, JAVA_BYTE, 0, header, 0, header.length);
        var text = FORMAT.matcher(new String(header, US_ASCII));
        if (!text.matches()) {
            throw new CopyMismatchException(
                    "%d bytes without a header".formatted(copy.byteSize()),
                    "a copy of a device's memory");
        }
        return new CopyHeader(
                text.group(1),
                text.group(2),
                DType.valueOf(text.group(3)),
                Stream.of(text.group(4).split(",")).map(Integer::valueOf).toList(),
                Long.parseLong(text.group(5)));
    }

    /**
     * Returns the bytes of {@code copy} behind its header.
     *
     * @throws CopyMismatchException if its header is another one, or its size
     */
    public MemorySegment contentOf(MemorySegment copy) {
        var given = of(copy);
        if (!given.equals(this)) {
            throw new CopyMismatchException("A copy of " + given, this);
        }
        requireSize(copy);
        return copy.asSlice(BYTES);
    }

    /** Returns whether {@link #contentOf} takes {@code copy}. */
    public boolean matches(MemorySegment copy) {
        try {
            return contentOf(copy).byteSize() == bytes;
        } catch (CopyMismatchException _) {
            return false;
        }
    }

    private void requireSize(MemorySegment copy) {
        if (copy.byteSize() != copyBytes()) {
            throw new CopyMismatchException(
                    "%d bytes for a copy of %s".formatted(copy.byteSize(), this), copyBytes());
        }
    }

    private String dimensions(String separator) {
        return shape.stream().map(String::valueOf).collect(joining(separator));
    }

    @Override
    public String toString() {
        return "a %s [%s] of %s in layout %s (%d bytes)"
                .formatted(kind, dimensions(", "), dtype, layout, bytes);
    }
}
