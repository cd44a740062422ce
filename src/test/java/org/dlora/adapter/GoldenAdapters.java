package org.dlora.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Adapters that PEFT wrote, and what it computed with them. */
final class GoldenAdapters {
    static final Path GOLDEN = Path.of("src/test/resources/golden");
    static final Path VECTORS = Path.of("src/test/resources/vectors");
    static final Path BAD = GOLDEN.resolve("bad");

    /** What refuses the adapters of kinds that are not supported yet, by folder name. */
    static final Map<String, String> REFUSED =
            Map.ofEntries(
                    Map.entry("dora", "adapter_config.json: use_dora"),
                    Map.entry("lora-bias", "adapter_config.json: lora_bias"),
                    Map.entry("bias-all", "adapter_config.json: bias is all"),
                    Map.entry("bias-lora-only", "adapter_config.json: bias is lora_only"),
                    Map.entry("save-embed", "adapter_config.json: modules_to_save"),
                    Map.entry("save-lm-head", "adapter_config.json: modules_to_save"),
                    Map.entry("lora-embed", "model.embed_tokens"),
                    Map.entry("lora-embed-head", "model.embed_tokens"),
                    Map.entry("lora-lm-head", "lm_head"),
                    Map.entry("legacy-bin", "adapter_model.bin: an unsafe pickle"));

    private static final JsonMapper JSON = new JsonMapper();

    private GoldenAdapters() {}

    /** Every adapter folder below {@code set}, which is one of the two above. */
    static List<Path> folders(Path set) {
        return subFolders(set.resolve("adapters")).stream()
                .flatMap(model -> subFolders(model).stream())
                .toList();
    }

    /** The base model's folder of an adapter's folder. */
    static Path base(Path adapter) {
        var model = adapter.getName(adapter.getNameCount() - 2);
        return adapter.resolve("../../../models").resolve(model).normalize();
    }

    static boolean isSupported(Path adapter) {
        return !REFUSED.containsKey(adapter.getFileName().toString());
    }

    static List<Path> subFolders(Path folder) {
        try (var entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The rows of a {@code .jsonl} file. */
    static List<JsonNode> rows(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.map(JSON::readTree).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(Path file) {
        return JSON.readTree(file.toFile());
    }
}
