package org.dlora.adapter;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlora.tensor.JsonFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares {@code base_model_name_or_path} with the base model's folder and the {@code
 * _name_or_path} of its {@code config.json}. Folders may have any name and an adapter's shapes are
 * checked anyway, so another name alone is no more than a line for debugging. It is a warning where
 * the name says another model: the base model comes from the hub under another name, its folder has
 * the name of a relative ({@code base-7b} for {@code base-7b-instruct}), or its size is another.
 */
final class BaseModelCheck {
    private static final Logger log = LoggerFactory.getLogger(BaseModelCheck.class);

    /** Of the hub's cache: {@code models--owner--name/snapshots/revision}. */
    private static final String CACHED = "models--";

    private BaseModelCheck() {}

    /**
     * The warning, if there is reason for one.
     *
     * @param parameters of the base model
     */
    static List<String> warnings(AdapterConfig config, Path base, long parameters) {
        var named = config.baseModel().filter(name -> !name.isBlank());
        if (named.isEmpty()) {
            return List.of();
        }
        var name = ModelName.of(named.get());
        var cached = cachedName(base);
        var known = names(base);
        cached.ifPresent(known::add);
        if (known.contains(name)) {
            return List.of();
        }
        var text =
                "%s: base_model_name_or_path is %s, but the base model lies in %s; if it is not the one that the adapter was trained on, the answers will be wrong"
                        .formatted(AdapterConfig.FILE, Quote.of(named.get()), base);
        if (cached.isPresent()
                || known.stream().anyMatch(name::isRelative)
                || name.deniesSize(parameters)) {
            return List.of(text);
        }
        log.debug("{}", text);
        return List.of();
    }

    /** Names that the base model goes by. */
    private static Set<ModelName> names(Path base) {
        var names = new HashSet<ModelName>();
        var ownName = JsonFile.read(base.resolve("config.json")).path("_name_or_path");
        if (ownName.isString()) {
            names.add(ModelName.of(ownName.stringValue()));
        }
        var folder = base.toAbsolutePath().normalize().getFileName();
        if (folder != null) {
            names.add(ModelName.of(folder.toString()));
        }
        return names;
    }

    /** Its name on the hub, if it lies in the hub's cache. */
    private static Optional<ModelName> cachedName(Path base) {
        for (var part : base.toAbsolutePath().normalize()) {
            var text = part.toString();
            if (text.startsWith(CACHED)) {
                return Optional.of(ModelName.of(text.substring(text.lastIndexOf("--") + 2)));
            }
        }
        return Optional.empty();
    }
}
