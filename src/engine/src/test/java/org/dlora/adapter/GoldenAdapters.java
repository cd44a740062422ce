package org.dlora.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlora.testing.TestFiles;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Adapters that PEFT wrote, and what it computed with them. */
public final class GoldenAdapters {
    public static final Path GOLDEN = TestFiles.golden();
    public static final Path VECTORS = TestFiles.data("vectors");
    static final Path BAD = GOLDEN.resolve("bad");

    /** The only refused adapter, a pickle. */
    private static final String PICKLE = "legacy-bin";

    private static final JsonMapper JSON = new JsonMapper();

    private GoldenAdapters() {}

    /** Every adapter folder below {@code set}, which is one of the two above. */
    public static List<Path> folders(Path set) {
        return subFolders(set.resolve("adapters")).stream()
                .flatMap(model -> subFolders(model).stream())
                .toList();
    }

    /** An adapter's folder, of the pickle that of what it was converted to. */
    public static Path folder(Path set, String model, String name) {
        return (name.equals(PICKLE) ? VECTORS.resolve("converted") : set.resolve("adapters"))
                .resolve(model)
                .resolve(name);
    }

    /** The base model's folder of an adapter's folder. */
    public static Path base(Path adapter) {
        var model = adapter.getName(adapter.getNameCount() - 2);
        return adapter.resolve("../../../models").resolve(model).normalize();
    }

    public static boolean isSupported(Path adapter) {
        return !adapter.endsWith(PICKLE);
    }

    public static List<Path> subFolders(Path folder) {
        try (var entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The rows of a {@code .jsonl} file. */
    public static List<JsonNode> rows(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.map(JSON::readTree).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode json(Path file) {
        return JSON.readTree(file.toFile());
    }
}
