package org.dlora.template;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.dlora.testing.TestFiles;
import tools.jackson.databind.json.JsonMapper;

/** The reference renderings that transformers and jinja2 made. */
final class ReferenceRows {

    static final Path RESOURCES = TestFiles.data();

    /** The time at which the references were made. */
    static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private ReferenceRows() {}

    static List<Map<String, Object>> read(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.map(ReferenceRows::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, Object> readObject(Path file) {
        return parse(text(file));
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked") // every line is an object
    private static Map<String, Object> parse(String json) {
        return requireNonNull((Map<String, Object>) JSON.readValue(json, Map.class));
    }
}
