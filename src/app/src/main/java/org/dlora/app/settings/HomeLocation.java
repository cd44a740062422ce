package org.dlora.app.settings;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The folder of what lasts: catalogue, history and the files of adapters. */
public final class HomeLocation {
    private HomeLocation() {}

    /**
     * Returns the folder.
     *
     * @param setting a folder; blank for {@code dlora} in the user's folder for data (XDG Base
     *     Directory Specification: a relative path counts as none)
     * @param environment values of environment variables
     * @param home the user's home
     */
    public static Path of(
            @Nullable String setting, UnaryOperator<@Nullable String> environment, String home) {
        if (setting != null && !setting.isBlank()) {
            return Path.of(setting);
        }
        return Optional.ofNullable(environment.apply("XDG_DATA_HOME"))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of)
                .filter(Path::isAbsolute)
                .orElseGet(() -> Path.of(home, ".local", "share"))
                .resolve("dlora");
    }
}
