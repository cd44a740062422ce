package org.dlora.adapter;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.tensor.DType;
import org.dlora.tensor.SafetensorsFolder;
import org.dlora.tensor.Tensor;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes variants of the sound adapter of {@code bad/}: r 4, alpha 8, q_proj and v_proj. */
public final class AdapterFolders {
    public static final Path BASE = GoldenAdapters.BAD.resolve("base-model");
    private static final Path SOUND = GoldenAdapters.BAD.resolve("good-adapter");
    private static final JsonMapper JSON = new JsonMapper();

    private AdapterFolders() {}

    /** The sound adapter's configuration, to change at will. */
    public static ObjectNode config() {
        return (ObjectNode) GoldenAdapters.json(SOUND.resolve(AdapterConfig.FILE));
    }

    /** The sound adapter's tensors, on the heap, in the order of its file. */
    public static List<Tensor> tensors() {
        try (var source = SafetensorsFolder.open(SOUND, "adapter_model")) {
            return source.names().stream()
                    .map(source::tensor)
                    .map(t ->
                            new Tensor(
                                    t.name(),
                                    t.dtype(),
                                    t.shape(),
                                    MemorySegment.ofArray(t.data().toArray(ValueLayout.JAVA_BYTE))))
                    .toList();
        }
    }

    /** A tensor of {@code dtype} with the bits {@code elements}. */
    public static Tensor tensor(String name, DType dtype, List<Long> shape, int... elements) {
        var data =
                ByteBuffer.allocate(elements.length * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int element : elements) {
            if (dtype.bytes() == 2) {
                data.putShort((short) element);
            } else {
                data.putInt(element);
            }
        }
        return new Tensor(name, dtype, shape, MemorySegment.ofArray(data.array()));
    }

    /** Writes an adapter's two files into {@code folder}, created if need be. */
    public static Path write(Path folder, ObjectNode config, List<Tensor> tensors) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(AdapterConfig.FILE), config.toString());
            writeTensors(folder.resolve("adapter_model.safetensors"), tensors);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void writeTensors(Path file, List<Tensor> tensors) throws IOException {
        var header = JSON.createObjectNode();
        var parts = new ArrayList<byte[]>();
        long at = 0;
        for (var tensor : tensors) {
            var bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
            var entry = header.putObject(tensor.name()).put("dtype", tensor.dtype().name());
            tensor.shape().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(at).add(at + bytes.length);
            at += bytes.length;
            parts.add(bytes);
        }
        var json = header.toString().getBytes(UTF_8);
        var length =
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length);
        try (var channel = Channels.newChannel(Files.newOutputStream(file))) {
            channel.write(length.flip());
            channel.write(ByteBuffer.wrap(json));
            for (var part : parts) {
                channel.write(ByteBuffer.wrap(part));
            }
        }
    }
}
