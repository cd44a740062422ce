package org.dlora.console.playground;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.dlora.api.web.ApiException;
import org.dlora.console.page.FormFields;
import org.springframework.util.StringUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The playground's form, as it was sent: several models, or one with the chat so far.
 *
 * @param models at least one, each named once
 * @param history the chat so far, as JSON of its messages; empty text for none
 * @param stop a text on each line
 */
record PlaygroundForm(
        List<String> models,
        String system,
        String history,
        String prompt,
        String temperature,
        String topP,
        String maxTokens,
        String seed,
        String stop,
        boolean logprobs) {

    /** A prompt and its answers by base and three more. */
    static final int MOST_MODELS = 4;

    /** A message of the chat so far. */
    record Said(String role, String content) {}

    private static final int MOST_HISTORY = 200_000;
    private static final int TOP_LOGPROBS = 5;

    /** Whole numbers below it are doubles without a loss. */
    private static final double EXACT = 1L << 53;

    private static final JsonMapper JSON = new JsonMapper();

    /** Returns an empty form for models; for {@code base} if none is given. */
    static PlaygroundForm empty(List<String> models, String base) {
        return new PlaygroundForm(
                named(models.stream(), base), "", "", "", "", "", "128", "", "", false);
    }

    static PlaygroundForm of(FormFields fields, String base) {
        return new PlaygroundForm(
                named(fields.texts("model").stream(), base),
                text(fields, "system"),
                fields.text("history"),
                text(fields, "prompt"),
                fields.text("temperature"),
                fields.text("top_p"),
                fields.text("max_tokens"),
                fields.text("seed"),
                text(fields, "stop"),
                fields.isChecked("logprobs"));
    }

    private static List<String> named(Stream<String> given, String base) {
        var models =
                given.map(String::strip)
                        .filter(model -> !model.isEmpty())
                        .distinct()
                        .limit(MOST_MODELS)
                        .toList();
        return models.isEmpty() ? List.of(base) : models;
    }

    /** Returns a text with the line ends of Unix, where browsers send those of the Internet. */
    private static String text(FormFields fields, String name) {
        return fields.text(name).replace("\r\n", "\n");
    }

    /** Returns the name in a field of the page; empty text if fewer are given. */
    public String model(int field) {
        return field < models.size() ? models.get(field) : "";
    }

    /** Returns whether it goes on with a chat: several models get the prompt alone. */
    public boolean isChat() {
        return models.size() == 1;
    }

    /**
     * Returns the chat so far.
     *
     * @throws ApiException if the field was changed, so that it is none
     */
    List<Said> said() {
        if (history.isEmpty() || !isChat()) {
            return List.of();
        }
        try {
            if (history.length() > MOST_HISTORY) {
                throw ApiException.invalid("history", "The chat is too long. Begin a new one.");
            }
            var said = JSON.readValue(history, Said[].class);
            if (said == null || Arrays.asList(said).contains(null)) {
                throw unreadable();
            }
            return List.of(said);
        } catch (JacksonException _) {
            throw unreadable();
        }
    }

    private static ApiException unreadable() {
        return ApiException.invalid("history", "The chat so far cannot be read. Begin a new one.");
    }

    /** Returns the form that goes on after an answer. */
    PlaygroundForm after(String answer) {
        var all =
                Stream.concat(
                                said().stream(),
                                Stream.of(new Said("user", prompt), new Said("assistant", answer)))
                        .toList();
        return new PlaygroundForm(
                models,
                system,
                JSON.writeValueAsString(all),
                "",
                temperature,
                topP,
                maxTokens,
                seed,
                stop,
                logprobs);
    }

    /**
     * Returns the body of {@code /v1/chat/completions} that asks a model.
     *
     * @throws ApiException if a field that must be a number is none
     */
    ObjectNode body(String model, IntUnaryOperator allowed) {
        var body = JsonNodeFactory.instance.objectNode();
        body.put("model", model);
        var messages = body.putArray("messages");
        if (!system.isEmpty()) {
            messages.addObject().put("role", "system").put("content", system);
        }
        for (var one : said()) {
            messages.addObject().put("role", one.role()).put("content", one.content());
        }
        messages.addObject().put("role", "user").put("content", prompt);
        put(body, "temperature", "Temperature", temperature);
        put(body, "top_p", "Top p", topP);
        put(body, "max_tokens", "Most tokens", maxTokens);
        put(body, "seed", "Seed", seed);
        var stops = stop.lines().filter(line -> !line.isEmpty()).toList();
        if (!stops.isEmpty()) {
            var array = body.putArray("stop");
            stops.forEach(array::add);
        }
        if (logprobs) {
            body.put("logprobs", true).put("top_logprobs", allowed.applyAsInt(TOP_LOGPROBS));
        }
        return body;
    }

    private static void put(ObjectNode body, String name, String label, String text) {
        if (text.isEmpty()) {
            return;
        }
        double value;
        try {
            value = Double.parseDouble(text);
        } catch (NumberFormatException _) {
            value = Double.NaN;
        }
        if (!Double.isFinite(value)) {
            throw ApiException.invalid(
                    name,
                    "'%s' must be a number, but is '%s'."
                            .formatted(label, StringUtils.truncate(text, 50)));
        }
        if (value == Math.rint(value) && Math.abs(value) < EXACT) {
            body.put(name, (long) value);
        } else {
            body.put(name, value);
        }
    }
}
