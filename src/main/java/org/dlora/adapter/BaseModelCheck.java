package org.dlora.adapter;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlora.tensor.JsonFile;

/**
 * Compares {@code base_model_name_or_path} with the base model's folder and the {@code
 * _name_or_path} of its {@code config.json}. A mismatch is worth a warning and no more: folders are
 * renamed, and an adapter's shapes are checked anyway.
 */
final class BaseModelCheck {
    /** Of the hub's cache: {@code models--owner--name/snapshots/revision}. */
    private static final String CACHED = "models--";

    private BaseModelCheck() {}

    static List<String> warnings(AdapterConfig config, Path base) {
        return config
                .baseModel()
                .filter(name -> !name.isBlank() && !names(base).contains(lastPart(name)))
                .map(name ->
                        "%s: base_model_name_or_path is %s, but the base model lies in %s; if it is not the one that the adapter was trained on, the answers will be wrong"
                                .formatted(AdapterConfig.FILE, Quote.of(name), base))
                .stream()
                .toList();
    }

    /** Names that the base model goes by. */
    private static Set<String> names(Path base) {
        var names = new HashSet<String>();
        var ownName = JsonFile.read(base.resolve("config.json")).path("_name_or_path");
        if (ownName.isString()) {
            names.add(lastPart(ownName.stringValue()));
        }
        var path = base.toAbsolutePath().normalize();
        for (var part : path) {
            if (part.toString().startsWith(CACHED)) {
                names.add(part.toString().substring(part.toString().lastIndexOf("--") + 2));
            }
        }
        if (path.getFileName() != null) {
            names.add(path.getFileName().toString());
        }
        return names;
    }

    private static String lastPart(String name) {
        var clean = name.replace('\\', '/').replaceAll("/+$", "");
        return clean.substring(clean.lastIndexOf('/') + 1);
    }
}
