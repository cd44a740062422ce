package org.dlora.adapter.config;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Name of a base model, split into words in lower case: {@code org/Base_7B-hf} is {@code base, 7b}.
 *
 * @param words without those that say how the weights are stored
 */
record ModelName(List<String> words) {
    private static final Set<String> STORAGE =
            Set.of(
                    "bf16",
                    "bfloat16",
                    "fp16",
                    "float16",
                    "f16",
                    "fp32",
                    "float32",
                    "f32",
                    "hf",
                    "safetensors");
    private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)([mb])");

    /**
     * Factor by which a size in a name may be wrong: it is rounded, and may leave embeddings out.
     */
    private static final double TOLERANCE = 2;

    /** Returns the name at the end of a path, or behind an owner on the hub. */
    static ModelName of(String path) {
        var clean = path.replace('\\', '/').replaceAll("/+$", "");
        var last = clean.substring(clean.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        return new ModelName(
                Stream.of(last.split("[-_ ]+"))
                        .filter(word -> !word.isEmpty() && !STORAGE.contains(word))
                        .toList());
    }

    /**
     * Returns whether {@code other} is another model of the same family. One word alone names a
     * family and no model.
     */
    boolean isRelative(ModelName other) {
        return words.size() > 1
                && other.words.size() > 1
                && words.getFirst().equals(other.words.getFirst())
                && !new HashSet<>(words).equals(new HashSet<>(other.words));
    }

    /** Returns whether the name states sizes of which none fits {@code parameters} parameters. */
    boolean deniesSize(long parameters) {
        var sizes =
                words.stream()
                        .map(SIZE::matcher)
                        .filter(size -> size.matches())
                        .map(size ->
                                Double.parseDouble(size.group(1))
                                        * (size.group(2).equals("m") ? 1e6 : 1e9))
                        .toList();
        return !sizes.isEmpty()
                && sizes.stream()
                        .noneMatch(size ->
                                size <= TOLERANCE * parameters && parameters <= TOLERANCE * size);
    }
}
