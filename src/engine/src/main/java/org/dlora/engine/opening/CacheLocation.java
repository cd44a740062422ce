package org.dlora.engine.opening;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The folders of what is kept from one start to the next. */
public final class CacheLocation {
    private static final String AUTO = "auto";
    private static final String OFF = "off";

    private CacheLocation() {}

    /**
     * Returns the folder of packed weights; empty if the cache is off.
     *
     * @param setting {@code auto} for the user's folder for caches, {@code off}, or a folder
     * @param environment values of environment variables
     * @param home the user's home
     */
    public static Optional<Path> of(
            String setting, UnaryOperator<@Nullable String> environment, String home) {
        return switch (setting) {
            // YAML reads off as a boolean.
            case OFF, "false" -> Optional.empty();
            case AUTO -> Optional.of(caches(environment, home).resolve("dlora/weights"));
            default -> Optional.of(Path.of(setting));
        };
    }

    /**
     * Returns the folder of the kernels that were chosen for processors, whatever is set for
     * weights.
     */
    public static Path kernels(UnaryOperator<@Nullable String> environment, String home) {
        return caches(environment, home).resolve("dlora/kernels");
    }

    /**
     * Returns the user's cache folder (XDG Base Directory Specification: a relative path counts as
     * none).
     */
    private static Path caches(UnaryOperator<@Nullable String> environment, String home) {
        return Optional.ofNullable(environment.apply("XDG_CACHE_HOME"))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of)
                .filter(Path::isAbsolute)
                .orElseGet(() -> Path.of(home, ".cache"));
    }
}
