package org.dlora.bench.load;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reader of a streamed completion's events. It takes them line by line and remembers when the first
 * token came.
 */
final class CompletionStream {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String DATA = "data:";
    private static final String END = "[DONE]";
    private static final int SHOWN = 200;

    private @Nullable Long firstToken;
    private int tokens;
    private boolean isWhole;

    /**
     * Takes the next line.
     *
     * @param nanos when the line came
     * @throws IOException if the line reports an error or is malformed
     */
    void line(String line, long nanos) throws IOException {
        if (!line.startsWith(DATA)) {
            return;
        }
        var data = line.substring(DATA.length()).strip();
        if (data.equals(END)) {
            isWhole = true;
            return;
        }
        var chunk = parsed(data);
        if (chunk.has("error")) {
            throw new IOException(shortened(chunk.get("error").toString()));
        }
        if (firstToken == null && !chunk.path("choices").isEmpty()) {
            firstToken = nanos;
        }
        if (chunk.path("usage").isObject()) {
            tokens = chunk.path("usage").path("completion_tokens").asInt(0);
        }
    }

    /**
     * Ends the stream and returns when its first token came.
     *
     * @throws IOException if the stream was cut or does not have {@code wanted} tokens
     */
    long end(int wanted) throws IOException {
        if (!isWhole) {
            throw new IOException("the stream was cut: it ended without " + END);
        }
        if (tokens != wanted || firstToken == null) {
            throw new IOException("asked for %d tokens, got %d".formatted(wanted, tokens));
        }
        return firstToken;
    }

    static String shortened(String text) {
        return text.substring(0, Math.min(SHOWN, text.length()));
    }

    private static JsonNode parsed(String data) throws IOException {
        try {
            return JSON.readTree(data);
        } catch (JacksonException e) {
            throw new IOException("an event is no JSON: " + shortened(data), e);
        }
    }
}
