package org.dlora.api.admin.adapters;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.catalogue.manifest.DesiredGate;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.GatePrompt;
import org.dlora.catalogue.versions.GatePrompt.GateMessage;
import org.dlora.catalogue.versions.GatePrompt.RecordedTokens;
import org.dlora.operate.adapters.GateLimits;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The gate of an adapter.
 *
 * @param hash of all prompts and criteria
 */
@JsonNaming(SnakeCaseStrategy.class)
public record GateBody(String hash, List<PromptBody> prompts) {
    private static final double LEAST_LOGPROB = -1e6;
    private static final String PROMPTS =
            "an array of prompts, such as [{\"prompt\": \"2 + 2 =\", \"expected\": \" 4\"}]";

    /**
     * A golden prompt.
     *
     * @param messages null for a text completion
     * @param prompt null for a chat
     * @param expected the whole answer, null where log-probabilities are compared
     * @param tokens null where the text is compared, as are the next two
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record PromptBody(
            @Nullable List<GateMessage> messages,
            @Nullable String prompt,
            int maxTokens,
            @Nullable String expected,
            @Nullable List<Integer> tokens,
            @Nullable List<Double> logprobs,
            @Nullable Double maxDivergence) {

        static PromptBody of(GatePrompt prompt) {
            return new PromptBody(
                    prompt.messages().isEmpty() ? null : prompt.messages(),
                    prompt.text().isEmpty() ? null : prompt.text(),
                    prompt.maxTokens(),
                    prompt.expected().orElse(null),
                    prompt.recorded().map(RecordedTokens::tokens).orElse(null),
                    prompt.recorded().map(RecordedTokens::logprobs).orElse(null),
                    prompt.recorded().map(RecordedTokens::maxDivergence).orElse(null));
        }
    }

    /** Returns the members of a prompt that may have no expectation yet. */
    private static PromptBody draft(GateDraft draft) {
        return new PromptBody(
                draft.messages().isEmpty() ? null : draft.messages(),
                draft.text().isEmpty() ? null : draft.text(),
                draft.maxTokens(),
                draft.expected().orElse(null),
                draft.recorded().map(RecordedTokens::tokens).orElse(null),
                draft.recorded().map(RecordedTokens::logprobs).orElse(null),
                draft.maxDivergence().isPresent()
                        ? (Double) draft.maxDivergence().getAsDouble()
                        : null);
    }

    /** Returns the prompts of a manifest. */
    public static List<PromptBody> prompts(DesiredGate gate) {
        return gate.prompts().stream().map(GateBody::draft).toList();
    }

    public static GateBody of(Gate gate) {
        return new GateBody(gate.hash(), gate.prompts().stream().map(PromptBody::of).toList());
    }

    /**
     * Reads {@code {"prompts": [...]}}.
     *
     * @param vocabulary number of token ids
     * @throws ApiException if the body has anything else
     */
    public static List<GateDraft> read(ObjectNode body, int vocabulary) {
        var fields = Fields.of(body);
        var array = Fields.array("prompts", fields.required("prompts", PROMPTS));
        fields.end();
        if (array.isEmpty() || array.size() > Gate.MAX_PROMPTS) {
            throw Fields.wrong(
                    "prompts", "an array of 1 to %d prompts".formatted(Gate.MAX_PROMPTS), array);
        }
        var drafts = new ArrayList<GateDraft>();
        for (int i = 0; i < array.size(); i++) {
            drafts.add(draft("prompts[" + i + "]", array.get(i), vocabulary));
        }
        return drafts;
    }

    private static GateDraft draft(String path, JsonNode node, int vocabulary) {
        var fields = Fields.at(path, node);
        var messages = fields.array("messages").map(given -> messages(path, given));
        var text = fields.text("prompt").filter(given -> !given.isEmpty());
        if (messages.isPresent() == text.isPresent()) {
            throw ApiException.invalid(
                    path, "'%s' needs either 'messages' or a 'prompt' with text.".formatted(path));
        }
        int maxTokens =
                fields.integer("max_tokens", 1, GateLimits.MOST_TOKENS)
                        .orElse(GateLimits.USUAL_TOKENS);
        var expected = fields.text("expected");
        var bound = fields.number("max_divergence", 0, GateLimits.MOST_DIVERGENCE);
        var tokens = fields.array("tokens");
        var logprobs = fields.array("logprobs");
        fields.end();
        if (expected.isPresent() && bound.isPresent()) {
            throw ApiException.invalid(
                    path,
                    "'%s' has both 'expected' and 'max_divergence': a prompt has one criterion."
                            .formatted(path));
        }
        return new GateDraft(
                messages.orElse(List.of()),
                text.orElse(""),
                maxTokens,
                expected,
                recorded(path, tokens, logprobs, bound, vocabulary),
                bound);
    }

    private static List<GateMessage> messages(String path, ArrayNode array) {
        if (array.isEmpty()) {
            throw ApiException.invalid(
                    path + ".messages", "'" + path + ".messages' must have at least one message.");
        }
        var messages = new ArrayList<GateMessage>();
        for (int i = 0; i < array.size(); i++) {
            var at = "%s.messages[%d]".formatted(path, i);
            var fields = Fields.at(at, array.get(i));
            var role = Fields.text(at + ".role", fields.required("role", "such as 'user'"));
            var content = Fields.text(at + ".content", fields.required("content", "a string"));
            fields.end();
            messages.add(new GateMessage(role, content));
        }
        return messages;
    }

    private static Optional<RecordedTokens> recorded(
            String path,
            Optional<ArrayNode> tokens,
            Optional<ArrayNode> logprobs,
            OptionalDouble bound,
            int vocabulary) {
        if (tokens.isEmpty() && logprobs.isEmpty()) {
            return Optional.empty();
        }
        if (tokens.isEmpty() || logprobs.isEmpty() || bound.isEmpty()) {
            throw ApiException.invalid(
                    path,
                    "'%s' needs 'tokens', 'logprobs' and 'max_divergence' together, or 'max_divergence' alone to have an answer recorded."
                            .formatted(path));
        }
        var ids = new ArrayList<Integer>();
        var values = new ArrayList<Double>();
        for (int i = 0; i < tokens.get().size(); i++) {
            var at = "%s.tokens[%d]".formatted(path, i);
            ids.add(Fields.integer(at, tokens.get().get(i), 0, vocabulary - 1));
        }
        for (int i = 0; i < logprobs.get().size(); i++) {
            var at = "%s.logprobs[%d]".formatted(path, i);
            values.add(Fields.number(at, logprobs.get().get(i), LEAST_LOGPROB, 0));
        }
        try {
            return Optional.of(new RecordedTokens(ids, values, bound.getAsDouble()));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(path, e.getMessage() + ".");
        }
    }
}
