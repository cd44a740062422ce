package org.dlora.catalogue.source.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.source.fetch.Quotes;
import org.dlora.catalogue.source.fetch.SourceException;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the hub. They are the environment variables that Hugging Face's own programs read.
 *
 * @param endpoint address of the hub, without a slash at its end
 * @param token secret that opens private repositories
 * @param cache folder of the cache
 * @param isOffline whether the cache alone is used
 */
public record HubSettings(URI endpoint, Optional<String> token, Path cache, boolean isOffline) {
    private static final String ENDPOINT = "https://huggingface.co";
    private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");

    /**
     * Reads {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code HF_TOKEN_PATH}, {@code HF_HOME}, {@code
     * HF_HUB_CACHE} and {@code HF_HUB_OFFLINE}.
     *
     * @param environment values of environment variables
     * @param home the user's home
     * @throws SourceException if the endpoint is no URL
     */
    public static HubSettings of(UnaryOperator<@Nullable String> environment, String home) {
        var caches =
                value(environment, "XDG_CACHE_HOME").map(Path::of).orElse(Path.of(home, ".cache"));
        var own = path(environment, "HF_HOME", home).orElse(caches.resolve("huggingface"));
        return new HubSettings(
                endpoint(value(environment, "HF_ENDPOINT").orElse(ENDPOINT)),
                value(environment, "HF_TOKEN")
                        .or(() -> value(environment, "HUGGING_FACE_HUB_TOKEN"))
                        .or(() ->
                                read(
                                        path(environment, "HF_TOKEN_PATH", home)
                                                .orElse(own.resolve("token"))))
                        .map(HubSettings::token),
                path(environment, "HF_HUB_CACHE", home)
                        .or(() -> path(environment, "HUGGINGFACE_HUB_CACHE", home))
                        .orElse(own.resolve("hub")),
                isTrue(environment, "HF_HUB_OFFLINE")
                        || isTrue(environment, "TRANSFORMERS_OFFLINE"));
    }

    private static URI endpoint(String text) {
        try {
            var uri = URI.create(text.replaceAll("/+$", ""));
            if (uri.getHost() != null && Set.of("http", "https").contains(uri.getScheme())) {
                return uri;
            }
        } catch (IllegalArgumentException _) {
            // As if it had no host.
        }
        throw SourceException.refused(
                "HF_ENDPOINT is %s; expected a URL such as %s"
                        .formatted(Quotes.of(text), ENDPOINT));
    }

    private static String token(String text) {
        if (!text.matches("\\p{Graph}+")) {
            // Without the value: it is a secret.
            throw SourceException.refused(
                    "The token of the hub (HF_TOKEN, or the file that huggingface-cli login writes) has spaces or other characters that no token has");
        }
        return text;
    }

    private static Optional<String> value(
            UnaryOperator<@Nullable String> environment, String name) {
        return Optional.ofNullable(environment.apply(name))
                .map(String::strip)
                .filter(value -> !value.isEmpty());
    }

    private static Optional<Path> path(
            UnaryOperator<@Nullable String> environment, String name, String home) {
        return value(environment, name)
                .map(text -> text.startsWith("~/") ? home + text.substring(1) : text)
                .map(Path::of);
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static boolean isTrue(UnaryOperator<@Nullable String> environment, String name) {
        return value(environment, name)
                .filter(text -> TRUE.contains(text.toLowerCase(Locale.ROOT)))
                .isPresent();
    }

    /** Hides the token. */
    @Override
    public String toString() {
        return "%s, cache %s%s".formatted(endpoint, cache, isOffline ? ", offline" : "");
    }
}
