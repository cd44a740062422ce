package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The two files of a PEFT adapter on the heap, to be changed and written elsewhere.
 *
 * @param config {@code adapter_config.json}
 * @param tensors by name, in the order of the file
 */
record AdapterFiles(ObjectNode config, Map<String, Values> tensors) {
    static final String CONFIG = "adapter_config.json";
    static final String TENSORS = "adapter_model.safetensors";

    private static final JsonMapper JSON = new JsonMapper();
    private static final int LAYERS = 4;
    private static final Map<String, Sizes> MODULES =
            new TreeMap<>(
                    Map.of(
                            "self_attn.q_proj", new Sizes(128, 128),
                            "self_attn.k_proj", new Sizes(128, 64),
                            "self_attn.v_proj", new Sizes(128, 64),
                            "self_attn.o_proj", new Sizes(128, 128),
                            "mlp.gate_proj", new Sizes(128, 384),
                            "mlp.up_proj", new Sizes(128, 384),
                            "mlp.down_proj", new Sizes(384, 128)));
    private static final Path DEMO = TestFiles.demo("adapters");

    /** Content of a tensor in bfloat16 or float32. */
    record Values(String dtype, List<Integer> shape, byte[] data) {
        int elementBytes() {
            return dtype.equals("BF16") ? Short.BYTES : Float.BYTES;
        }

        private static Values zeros(int rows, int columns) {
            return new Values("BF16", List.of(rows, columns), new byte[2 * rows * columns]);
        }

        /** Copies a smaller matrix into the corner of this one; float32 loses its lower half. */
        private Values filled(@Nullable Values corner) {
            if (corner != null) {
                int size = corner.elementBytes();
                int columns = corner.shape.getLast();
                for (int i = 0; i < corner.data.length / size; i++) {
                    int to = 2 * (i / columns * shape.getLast() + i % columns);
                    System.arraycopy(corner.data, (i + 1) * size - 2, data, to, 2);
                }
            }
            return this;
        }
    }

    /** Inputs and outputs of a linear module. */
    private record Sizes(int in, int out) {}

    /** Reads the demo's adapter {@code name}. */
    static AdapterFiles demo(String name) throws IOException {
        var folder = DEMO.resolve(name);
        var file =
                ByteBuffer.wrap(Files.readAllBytes(folder.resolve(TENSORS)))
                        .order(ByteOrder.LITTLE_ENDIAN);
        var header = new byte[(int) file.getLong()];
        file.get(header);
        int data = file.position();
        var tensors = new LinkedHashMap<String, Values>();
        JSON.readTree(header)
                .forEachEntry((tensor, entry) -> {
                    if (!tensor.equals("__metadata__")) {
                        var at = entry.get("data_offsets");
                        tensors.put(
                                tensor,
                                new Values(
                                        entry.get("dtype").asString(),
                                        entry.get("shape")
                                                .valueStream()
                                                .map(size -> size.asInt())
                                                .toList(),
                                        Arrays.copyOfRange(
                                                file.array(),
                                                data + at.get(0).asInt(),
                                                data + at.get(1).asInt())));
                    }
                });
        var config = Files.readString(folder.resolve(CONFIG));
        return new AdapterFiles((ObjectNode) JSON.readTree(config), tensors);
    }

    /**
     * Returns an adapter of the demo model that computes the same with all modules at {@code rank}:
     * what is new is zero. All such adapters take the same memory.
     *
     * @param scale factor of its change
     */
    AdapterFiles padded(int rank, double scale) {
        double before = config.get("r").asDouble();
        boolean isRankStabilized = config.get("use_rslora").asBoolean();
        double factor =
                config.get("lora_alpha").asDouble()
                        / (isRankStabilized ? Math.sqrt(before) : before);
        var changed = config.deepCopy();
        changed.put("r", rank).put("lora_alpha", scale * factor * rank).put("use_rslora", false);
        var targets = changed.putArray("target_modules");
        MODULES.keySet().forEach(module -> targets.add(module.replaceFirst(".*\\.", "")));
        var all = new LinkedHashMap<String, Values>();
        for (int layer = 0; layer < LAYERS; layer++) {
            for (var module : MODULES.entrySet()) {
                var name = "base_model.model.model.layers." + layer + "." + module.getKey();
                var sizes = module.getValue();
                var a = name + ".lora_A.weight";
                var b = name + ".lora_B.weight";
                all.put(a, Values.zeros(rank, sizes.in()).filled(tensors.get(a)));
                all.put(b, Values.zeros(sizes.out(), rank).filled(tensors.get(b)));
            }
        }
        return new AdapterFiles(changed, all);
    }

    /** Writes both files into {@code folder}, which is created. */
    Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(CONFIG), config.toString());
        Files.write(folder.resolve(TENSORS), safetensors());
        return folder;
    }

    private byte[] safetensors() throws IOException {
        var header = JSON.createObjectNode();
        var data = new ByteArrayOutputStream();
        for (var tensor : tensors.entrySet()) {
            var values = tensor.getValue();
            var entry = header.putObject(tensor.getKey()).put("dtype", values.dtype());
            values.shape().forEach(entry.putArray("shape")::add);
            var at = entry.putArray("data_offsets").add(data.size());
            data.write(values.data());
            at.add(data.size());
        }
        var json = header.toString().getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + json.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data.toByteArray())
                .array();
    }
}
