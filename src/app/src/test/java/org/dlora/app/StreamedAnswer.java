package org.dlora.app;

import java.net.http.HttpResponse;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A streamed chat answer, or as much of it as was read.
 *
 * @param status of HTTP
 * @param text of all deltas
 * @param logprobs of all tokens, as the server wrote them
 * @param finish reason; empty if there was none
 * @param outputTokens 0 if the client did not ask for the usage
 * @param error code of the refusal or of the stream's error event; empty if there was none
 * @param mayRetry whether the error is a passing one, by the words of HTTP
 */
record StreamedAnswer(
        int status,
        String text,
        String logprobs,
        String finish,
        int outputTokens,
        String error,
        boolean mayRetry) {
    private static final String DATA = "data: {";

    /**
     * Reads an answer to its end, or gives it up.
     *
     * @param begun is given the id of the request with the first chunk
     * @param most chunks that are read before the client goes away
     */
    static StreamedAnswer read(
            HttpResponse<Stream<String>> response, Consumer<String> begun, long most) {
        try (var lines = response.body()) {
            if (response.statusCode() != 200) {
                boolean mayRetry =
                        response.statusCode() == 503
                                && response.headers().firstValue("Retry-After").isPresent();
                var body = String.join("\n", lines.toList());
                return new StreamedAnswer(response.statusCode(), "", "", "", 0, body, mayRetry);
            }
            var reader = new Reader(begun);
            lines.filter(line -> line.startsWith(DATA)).limit(most).forEach(reader::accept);
            return reader.answer();
        }
    }

    /** Returns whether it is the whole of an answer. */
    boolean isWhole() {
        return status == 200 && error.isEmpty() && !finish.isEmpty();
    }

    /** Collector of a stream's chunks. */
    private static final class Reader {
        private final Consumer<String> begun;
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder logprobs = new StringBuilder();
        private String finish = "";
        private String error = "";
        private boolean mayRetry;
        private int outputTokens;
        private boolean hasBegun;

        Reader(Consumer<String> begun) {
            this.begun = begun;
        }

        void accept(String line) {
            var chunk = Example.JSON.readTree(line.substring("data: ".length()));
            if (chunk.has("error")) {
                error = chunk.get("error").toString();
                mayRetry = chunk.get("error").path("code").asString("").equals("not_ready");
                return;
            }
            if (!hasBegun) {
                hasBegun = true;
                begun.accept(chunk.get("id").asString() + "-0");
            }
            outputTokens = chunk.path("usage").path("completion_tokens").asInt(outputTokens);
            chunk.get("choices").forEach(this::choice);
        }

        private void choice(JsonNode choice) {
            text.append(choice.get("delta").path("content").asString(""));
            choice.path("logprobs").path("content").forEach(logprobs::append);
            finish = choice.path("finish_reason").asString(finish);
        }

        StreamedAnswer answer() {
            return new StreamedAnswer(
                    200,
                    text.toString(),
                    logprobs.toString(),
                    finish,
                    outputTokens,
                    error,
                    mayRetry);
        }
    }
}
