package org.dlora.adapter.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlora.tensor.JsonFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Check of {@code base_model_name_or_path} against the names of the base model: its folder's, and
 * {@code _name_or_path} of its {@code config.json}. A name that merely differs is only logged for
 * debugging, because folders may have any name and an adapter's shapes are checked anyway. A
 * warning needs evidence of another model, of which there are three kinds. The base model comes
 * from the hub under another name; its folder has the name of a relative ({@code base-7b-instruct}
 * for {@code base-7b}); or the name states another size.
 */
public final class BaseModelCheck {
    private static final Logger log = LoggerFactory.getLogger(BaseModelCheck.class);

    /** Start of a folder in the hub's cache: {@code models--owner--name/snapshots/revision}. */
    private static final String CACHED = "models--";

    private BaseModelCheck() {}

    /**
     * Returns the warning, if there is reason for one.
     *
     * @param parameters number of the base model's parameters
     */
    public static List<String> warnings(AdapterConfig config, Path base, long parameters) {
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

    /** Returns the names of the base model, without its name on the hub. */
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

    /** Returns the name on the hub of a base model in the hub's cache. */
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
