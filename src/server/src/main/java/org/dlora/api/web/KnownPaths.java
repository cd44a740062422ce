package org.dlora.api.web;

import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpMethod;
import org.springframework.util.StringUtils;

/** Help for calls to paths that are not there: the path that may be meant, and those that are. */
public final class KnownPaths {
    private static final String VERSION = "/v1";

    /** Paths that clients of OpenAI and vLLM use. */
    public static final List<String> CLIENTS =
            List.of(
                    "/v1/chat/completions",
                    "/v1/completions",
                    "/v1/responses",
                    "/v1/models",
                    "/v1/fim/completions",
                    "/invocations",
                    "/tokenize",
                    "/detokenize",
                    "/tokenizer_info",
                    "/v1/load_lora_adapter",
                    "/v1/unload_lora_adapter",
                    "/health",
                    "/ping",
                    "/load",
                    "/version",
                    "/metrics");

    private KnownPaths() {}

    /** Returns the text of a 404. */
    static String nothingAt(HttpMethod method, String path) {
        var shown = StringUtils.truncate(path);
        return meant(path)
                .map(known ->
                        "There is nothing at %s %s. Do you mean %s? A base URL for OpenAI's clients ends with %s."
                                .formatted(method, shown, known, VERSION))
                .orElseGet(() ->
                        "There is nothing at %s %s. There are %s; GET /v3/api-docs describes all paths."
                                .formatted(method, shown, String.join(", ", CLIENTS)));
    }

    /**
     * Returns the path that a call may mean: with {@value #VERSION} too few, too many or elsewhere.
     */
    private static Optional<String> meant(String path) {
        var asked = path.replaceAll("/+", "/").replaceAll("/$", "");
        return CLIENTS.stream()
                .filter(known ->
                        !known.equals(path)
                                && (asked.equals(known)
                                        || asked.endsWith(known)
                                        || asked.endsWith(known.replaceFirst(VERSION, ""))))
                .findFirst();
    }
}
