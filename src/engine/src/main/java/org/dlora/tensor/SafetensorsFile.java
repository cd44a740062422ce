package org.dlora.tensor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.tensor.SafetensorsHeader.Entry;

/**
 * One memory-mapped safetensors file: 8 bytes of header length, a JSON header, the data. The check
 * is as strict as the official library's: tensors must cover the data exactly, without overlap or
 * gap, so that no byte of the file goes unexplained.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
final class SafetensorsFile {
    /** The official library's limit. */
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private static final ValueLayout.OfLong HEADER_LENGTH =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SafetensorsFile() {}

    /**
     * Returns the tensors of {@code file} in the order of its header. They stay mapped while {@code
     * arena} lives.
     */
    static Map<String, Tensor> map(Path file, Arena arena) {
        if (!Files.isRegularFile(file)) {
            throw LoadException.missing(
                    file, file.toAbsolutePath().getParent() + "; copy it there");
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            return read(file, bytes);
        } catch (IOException e) {
            throw LoadException.unreadable(file, e);
        } catch (InternalError e) {
            throw LoadException.cutShort(file, e);
        }
    }

    /** Returns the exception for a file that no writer of safetensors produces. */
    static LoadException damaged(Path file, String problem) {
        return LoadException.in(
                file, problem + ". The file is damaged or not safetensors; copy or save it again");
    }

    private static Map<String, Tensor> read(Path file, MemorySegment bytes) {
        long size = bytes.byteSize();
        long dataStart = HEADER_LENGTH.byteSize();
        if (size < dataStart) {
            throw damaged(file, "empty or too short: " + size + " bytes are no safetensors file");
        }
        long headerLength = bytes.get(HEADER_LENGTH, 0);
        long limit = Math.min(MAX_HEADER_BYTES, size - dataStart);
        if (Long.compareUnsigned(headerLength, limit) > 0) {
            throw damaged(
                    file,
                    "header length %s is more than the %d bytes that a file of %d bytes can have; it is truncated"
                            .formatted(Long.toUnsignedString(headerLength), limit, size));
        }
        var entries =
                SafetensorsHeader.read(file, bytes.asSlice(dataStart, headerLength).asByteBuffer());
        var data = bytes.asSlice(dataStart + headerLength);
        checkCoverage(file, entries, data.byteSize());
        var tensors = new LinkedHashMap<String, Tensor>();
        for (var entry : entries) {
            var slice = data.asSlice(entry.begin(), entry.end() - entry.begin());
            tensors.put(
                    entry.name(), new Tensor(entry.name(), entry.dtype(), entry.shape(), slice));
        }
        return tensors;
    }

    private static void checkCoverage(Path file, List<Entry> entries, long dataSize) {
        long covered = 0;
        var previous = "the header";
        var inFileOrder =
                entries.stream()
                        .sorted(
                                Comparator.comparingLong(Entry::begin)
                                        .thenComparingLong(Entry::end))
                        .toList();
        for (var entry : inFileOrder) {
            checkSize(file, entry);
            if (entry.end() > dataSize) {
                throw damaged(
                        file,
                        "tensor %s: data_offsets [%d, %d] lie beyond the end of the file, which has %d bytes of data; it is truncated"
                                .formatted(entry.name(), entry.begin(), entry.end(), dataSize));
            }
            if (entry.begin() != covered) {
                throw damaged(
                        file,
                        "data_offsets of tensor %s %s %s: it begins at %d, expected %d"
                                .formatted(
                                        entry.name(),
                                        entry.begin() < covered
                                                ? "overlap those of"
                                                : "leave a gap after",
                                        previous,
                                        entry.begin(),
                                        covered));
            }
            covered = entry.end();
            previous = entry.name();
        }
        if (covered != dataSize) {
            throw damaged(
                    file,
                    (dataSize - covered)
                            + " bytes follow the last tensor, "
                            + previous
                            + "; expected none");
        }
    }

    private static void checkSize(Path file, Entry entry) {
        long found = entry.end() - entry.begin();
        long expected = entry.dtype().bytes();
        try {
            for (long size : entry.shape()) {
                expected = Math.multiplyExact(expected, size);
            }
        } catch (ArithmeticException _) {
            throw damaged(
                    file,
                    "tensor %s: shape %s has more than 2^63 bytes"
                            .formatted(entry.name(), entry.shape()));
        }
        if (expected != found) {
            throw damaged(
                    file,
                    "tensor %s: shape %s of %s takes %d bytes, but data_offsets [%d, %d] span %d"
                            .formatted(
                                    entry.name(),
                                    entry.shape(),
                                    entry.dtype(),
                                    expected,
                                    entry.begin(),
                                    entry.end(),
                                    found));
        }
    }
}
