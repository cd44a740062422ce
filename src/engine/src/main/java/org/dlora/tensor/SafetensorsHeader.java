package org.dlora.tensor;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.util.ByteBufferBackedInputStream;

/**
 * Reads the JSON header of a safetensors file field by field, without building a tree. It checks
 * what a header alone can get wrong. {@link SafetensorsFile} checks the header against the bytes
 * that follow.
 */
final class SafetensorsHeader {
    private static final int MAX_DEPTH = 10;
    private static final int MAX_NAME_LENGTH = 1000;

    /** PyTorch's limit. */
    private static final int MAX_DIMENSIONS = 64;

    /** A tensor takes about fourteen JSON tokens, so this is far above any model. */
    private static final long MAX_TOKENS = 5_000_000;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(JsonFile.constraints(MAX_DEPTH, MAX_TOKENS))
                    .build();

    private final Path file;
    private final JsonParser parser;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private boolean metadataSeen;

    /** One tensor of a header: its bytes are {@code begin .. end} of the data that follows. */
    record Entry(String name, DType dtype, List<Long> shape, long begin, long end) {}

    private SafetensorsHeader(Path file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    static List<Entry> read(Path file, ByteBuffer json) {
        if (!json.hasRemaining() || json.get(json.position()) != '{') {
            throw SafetensorsFile.damaged(file, "the header is not JSON: it must begin with '{'");
        }
        try (var parser =
                JSON.createParser(
                        ObjectReadContext.empty(), new ByteBufferBackedInputStream(json))) {
            return new SafetensorsHeader(file, parser).entries();
        } catch (JacksonException e) {
            throw SafetensorsFile.damaged(
                    file, "the header is not valid JSON " + JsonFile.where(e));
        }
    }

    private List<Entry> entries() {
        parser.nextToken();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            var first = parser.nextToken();
            if (name.equals("__metadata__")) {
                check(!metadataSeen, "duplicate __metadata__ in the header");
                metadataSeen = true;
                parser.skipChildren();
                continue;
            }
            check(
                    isPrintable(name),
                    "a tensor name in the header is empty, too long or has control characters");
            check(
                    first == JsonToken.START_OBJECT,
                    "tensor " + name + " must be described by a JSON object");
            check(
                    entries.put(name, entry(name)) == null,
                    "duplicate tensor name " + name + " in the header");
        }
        check(parser.nextToken() == null, "the header is not JSON: more text follows its object");
        return List.copyOf(entries.values());
    }

    private Entry entry(String name) {
        @Nullable DType dtype = null;
        @Nullable List<Long> shape = null;
        @Nullable List<Long> offsets = null;
        for (String field = parser.nextName(); field != null; field = parser.nextName()) {
            parser.nextToken();
            boolean isNew =
                    switch (field) {
                        case "dtype" -> dtype == null;
                        case "shape" -> shape == null;
                        case "data_offsets" -> offsets == null;
                        default ->
                                throw SafetensorsFile.damaged(
                                        file,
                                        "tensor " + name + ": unknown field " + quoted(field));
                    };
            check(isNew, "tensor " + name + ": duplicate field " + field);
            switch (field) {
                case "dtype" -> dtype = dtype(name);
                case "shape" -> shape = numbers(name, field);
                default -> offsets = numbers(name, field);
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            throw SafetensorsFile.damaged(
                    file, "tensor " + name + ": needs dtype, shape and data_offsets");
        }
        check(
                offsets.size() == 2 && offsets.get(0) <= offsets.get(1),
                "tensor "
                        + name
                        + ": data_offsets must be [begin, end] with begin <= end, found "
                        + offsets);
        return new Entry(name, dtype, shape, offsets.get(0), offsets.get(1));
    }

    private DType dtype(String name) {
        check(
                parser.currentToken() == JsonToken.VALUE_STRING,
                "tensor " + name + ": dtype must be a string");
        var value = parser.getString();
        return DType.named(value)
                .orElseThrow(() ->
                        SafetensorsFile.damaged(
                                file,
                                "tensor %s: unknown dtype %s; expected one of %s"
                                        .formatted(name, quoted(value), List.of(DType.values()))));
    }

    private List<Long> numbers(String name, String field) {
        check(
                parser.isExpectedStartArrayToken(),
                "tensor " + name + ": " + field + " must be an array");
        var numbers = new ArrayList<Long>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (!isNumber()) {
                throw SafetensorsFile.damaged(
                        file,
                        "tensor %s: %s must hold integers from 0 to 2^63-1, found %s"
                                .formatted(
                                        name, field, quoted(String.valueOf(parser.getString()))));
            }
            numbers.add(parser.getLongValue());
            check(
                    numbers.size() <= MAX_DIMENSIONS,
                    "tensor %s: %s has more than %d elements"
                            .formatted(name, field, MAX_DIMENSIONS));
        }
        return numbers;
    }

    private boolean isNumber() {
        return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != NumberType.BIG_INTEGER
                && parser.getLongValue() >= 0;
    }

    private void check(boolean holds, String problem) {
        if (!holds) {
            throw SafetensorsFile.damaged(file, problem);
        }
    }

    /**
     * Returns whether {@code name} has ordinary length and no control characters, which could forge
     * a line of a log.
     */
    private static boolean isPrintable(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_NAME_LENGTH
                && name.codePoints().noneMatch(Character::isISOControl);
    }

    private static String quoted(String text) {
        var clean = text.replaceAll("\\p{Cntrl}", "?");
        return '"' + (clean.length() > 100 ? clean.substring(0, 100) + "…" : clean) + '"';
    }
}
