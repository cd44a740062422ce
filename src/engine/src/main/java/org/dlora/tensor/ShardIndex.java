package org.dlora.tensor;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code model.safetensors.index.json}: the shard of each tensor. A shard is named by a plain file
 * name. The file itself may be a symbolic link, as in the Hugging Face cache.
 */
final class ShardIndex {
    private ShardIndex() {}

    /** Returns tensor name → the shard's file name, in the order of {@code index}. */
    static Map<String, String> read(Path index) {
        if (!(JsonFile.read(index).get("weight_map") instanceof ObjectNode weightMap)) {
            throw LoadException.in(
                    index, "needs a JSON object weight_map of tensor names to file names");
        }
        var shards = new LinkedHashMap<String, String>();
        for (var entry : weightMap.properties()) {
            if (!entry.getValue().isString()) {
                throw LoadException.in(
                        index, "weight_map." + entry.getKey() + " must be a file name");
            }
            shards.put(
                    entry.getKey(),
                    checkPlain(index, entry.getKey(), entry.getValue().stringValue()));
        }
        return shards;
    }

    private static String checkPlain(Path index, String tensor, String name) {
        boolean hasSeparator = name.indexOf('/') >= 0 || name.indexOf('\\') >= 0;
        if (hasSeparator || !isFileName(name)) {
            throw LoadException.in(
                    index,
                    "weight_map.%s is \"%s\", a path outside the folder or in a sub-folder; expected the name of a .safetensors file beside the index"
                            .formatted(tensor, name));
        }
        return name;
    }

    private static boolean isFileName(String name) {
        try {
            var path = Path.of(name);
            return path.getNameCount() == 1 && !path.isAbsolute() && name.endsWith(".safetensors");
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
