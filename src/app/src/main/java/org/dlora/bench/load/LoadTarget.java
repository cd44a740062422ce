package org.dlora.bench.load;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The server that gets the load.
 *
 * @param url its address, with or without {@code /v1} at the end
 * @param key sent as a bearer token, if any
 * @param models names that requests may have
 * @param isLlama whether it is llama.cpp's server, which ignores the model's name: model i is its
 *     adapter with id i
 * @param extraBody members that each request's body has besides, or in place of those that the load
 *     gives it
 * @param timeout of one request from its sending to its end
 */
public record LoadTarget(
        URI url,
        Optional<String> key,
        List<String> models,
        boolean isLlama,
        Map<String, Object> extraBody,
        Duration timeout) {
    public LoadTarget {
        models = List.copyOf(models);
        extraBody = Collections.unmodifiableMap(new LinkedHashMap<>(extraBody));
        boolean isHttp = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!isHttp || url.getHost() == null) {
            throw notAUrl(url.toString());
        }
    }

    /**
     * Returns the address in {@code text}.
     *
     * @throws IllegalArgumentException that says what is expected if {@code text} is no address
     */
    public static URI address(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException _) {
            throw notAUrl(text);
        }
    }

    private static IllegalArgumentException notAUrl(String text) {
        return new IllegalArgumentException(
                "URL is '%s': expected one like http://127.0.0.1:8080".formatted(text));
    }

    /** Returns the address of the completions endpoint. */
    URI completions() {
        var path = url.getRawPath().replaceFirst("/+$", "").replaceFirst("/v1$", "");
        return url.resolve(path + "/v1/completions");
    }
}
