package org.dlora.api.openai.call;

import static org.dlora.replica.request.StopConditions.MAX_STOP_LENGTH;
import static org.dlora.replica.request.StopConditions.MAX_STOP_STRINGS;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Options that chat and text completions share.
 *
 * @param choices {@code n}, answers for each prompt
 * @param usage whether the stream ends with a chunk of token counts
 * @param continuousUsage whether every chunk of a stream has token counts (vLLM)
 * @param exact whether rows never go through merged weights ({@code dlora_exact})
 * @param tokenIds whether token ids are part of the answer (vLLM's {@code return_token_ids})
 * @param tokensAsIds whether log-probabilities name tokens by id (vLLM's {@code
 *     return_tokens_as_token_ids})
 * @param logprobTokens whose log-probabilities are reported in place of the likeliest ones (vLLM's
 *     {@code logprob_token_ids}); empty = the likeliest
 * @param conditions that end answers, without a bound of their length. The answers share them, so
 *     stop strings are compiled once a call, on the thread that reads the call
 * @param constraint on the text of answers; null if there is none
 * @param user the client's name for its user, for the history; null if it gives none
 * @param cacheSalt sets the call's cached prefixes apart (vLLM's {@code cache_salt}); null if it
 *     gives none
 */
public record GenerationOptions(
        SamplingParams sampling,
        int choices,
        boolean stream,
        boolean usage,
        boolean continuousUsage,
        boolean exact,
        boolean tokenIds,
        boolean tokensAsIds,
        List<Integer> logprobTokens,
        boolean skipSpecialTokens,
        StopConditions conditions,
        @Nullable ConstraintDefinition constraint,
        @Nullable String user,
        @Nullable String cacheSalt) {

    private static final int MAX_CHOICES = 128;
    private static final int MAX_LOGPROB_TOKENS = 128;

    public static GenerationOptions read(Fields fields, SelectedModel selected) {
        var served = selected.served();
        boolean ignoreEos = fields.flag("ignore_eos", false);
        boolean stream = fields.flag("stream", false);
        if (fields.has("stream_options") && !stream) {
            throw ApiException.invalid(
                    "stream_options", "'stream_options' is only allowed with 'stream': true.");
        }
        var options = fields.any("stream_options").map(node -> Fields.at("stream_options", node));
        boolean usage = options.map(o -> o.flag("include_usage", false)).orElse(false);
        boolean continuous =
                options.map(o -> o.flag("continuous_usage_stats", false)).orElse(false);
        boolean all = stream && served.calls().usage();
        options.ifPresent(o -> {
            o.ignore("include_obfuscation");
            o.endButNulls();
        });
        return new GenerationOptions(
                Sampling.read(fields, selected),
                fields.integer("n", 1, Math.min(MAX_CHOICES, served.maxQueue())).orElse(1),
                stream,
                usage || all,
                (usage && continuous) || all,
                exact(fields, served),
                fields.flag("return_token_ids", false),
                fields.flag("return_tokens_as_token_ids", served.calls().tokensAsIds()),
                logprobTokens(fields, served.vocabSize()),
                fields.flag("skip_special_tokens", true),
                conditions(
                        fields,
                        ignoreEos,
                        stopTokens(
                                fields,
                                served.vocabSize(),
                                ignoreEos ? Set.of() : selected.endTokens())),
                StructuredOutput.read(fields, selected, ignoreEos),
                fields.any("user")
                        .filter(JsonNode::isString)
                        .map(JsonNode::stringValue)
                        .orElse(null),
                cacheSalt(fields));
    }

    /** Returns the same with special tokens in the texts. */
    public GenerationOptions withSpecialTokens() {
        return with(false, constraint);
    }

    /** Returns the same with another constraint on the answers. */
    public GenerationOptions withConstraint(ConstraintDefinition other) {
        return with(skipSpecialTokens, other);
    }

    private GenerationOptions with(boolean skip, @Nullable ConstraintDefinition other) {
        return new GenerationOptions(
                sampling,
                choices,
                stream,
                usage,
                continuousUsage,
                exact,
                tokenIds,
                tokensAsIds,
                logprobTokens,
                skip,
                conditions,
                other,
                user,
                cacheSalt);
    }

    private static @Nullable String cacheSalt(Fields fields) {
        var salt = fields.any("cache_salt").orElse(null);
        if (salt == null) {
            return null;
        }
        if (!salt.isString() || salt.stringValue().isEmpty()) {
            throw Fields.wrong("cache_salt", "a string that is not empty", salt);
        }
        return salt.stringValue();
    }

    private static List<Integer> logprobTokens(Fields fields, int vocabulary) {
        var name = "logprob_token_ids";
        var tokens = Sampling.tokens(fields, name, MAX_LOGPROB_TOKENS, vocabulary);
        if (!tokens.isEmpty() && !wantsLogprobs(fields)) {
            throw ApiException.invalid(
                    name,
                    "'logprob_token_ids' needs 'logprobs': true in a chat, a number in a text completion.");
        }
        return tokens;
    }

    private static boolean wantsLogprobs(Fields fields) {
        return fields.any("logprobs")
                .filter(node -> !node.isBoolean() || node.booleanValue())
                .isPresent();
    }

    private static boolean exact(Fields fields, ServedModel served) {
        boolean isExact = fields.flag("dlora_exact", false);
        if (isExact && !served.calls().exactAllowed()) {
            throw ApiException.unsupported(
                    "dlora_exact", "this server's setting dlora.allow-exact is false");
        }
        return isExact;
    }

    /**
     * Returns the stop conditions of an answer of at most {@code maxTokens}.
     *
     * @throws ApiException if {@code min_tokens} is larger
     */
    StopConditions stop(int maxTokens) {
        int minTokens = conditions.minTokens();
        if (minTokens > maxTokens) {
            throw ApiException.invalid(
                    "min_tokens",
                    "'min_tokens' is "
                            + minTokens
                            + ", but without 'max_tokens' the answer can have at most "
                            + maxTokens
                            + " tokens after this prompt. Ask for fewer, or give 'max_tokens'.");
        }
        return conditions.atMost(maxTokens);
    }

    /** Refuses {@code min_tokens} above {@code max_tokens}. */
    public void checkMinTokens(OptionalInt maxTokens) {
        int minTokens = conditions.minTokens();
        if (maxTokens.isPresent() && minTokens > maxTokens.getAsInt()) {
            throw ApiException.invalid(
                    "min_tokens",
                    "'min_tokens' must be at most max_tokens, "
                            + maxTokens.getAsInt()
                            + ", but is "
                            + minTokens
                            + ".");
        }
    }

    private static StopConditions conditions(
            Fields fields, boolean ignoreEos, Set<Integer> stopTokens) {
        return new StopConditions(
                Integer.MAX_VALUE,
                fields.integer("min_tokens", 0, Integer.MAX_VALUE).orElse(0),
                ignoreEos,
                stopTokens,
                stopStrings(fields),
                fields.flag("include_stop_str_in_output", false));
    }

    private static Set<Integer> stopTokens(Fields fields, int vocabulary, Set<Integer> endTokens) {
        var tokens = new LinkedHashSet<>(endTokens);
        fields.array("stop_token_ids")
                .ifPresent(array -> {
                    for (int i = 0; i < array.size(); i++) {
                        tokens.add(
                                Fields.integer(
                                        "stop_token_ids[" + i + "]",
                                        array.get(i),
                                        0,
                                        vocabulary - 1));
                    }
                });
        return tokens;
    }

    private static List<String> stopStrings(Fields fields) {
        var node = fields.any("stop").orElse(null);
        if (node == null) {
            return List.of();
        }
        if (node.isString()) {
            return List.of(stopString("stop", node));
        }
        if (!node.isArray()) {
            throw Fields.wrong("stop", "a string or an array of strings", node);
        }
        if (node.size() > MAX_STOP_STRINGS) {
            throw Fields.wrong(
                    "stop", "an array of at most " + MAX_STOP_STRINGS + " strings", node);
        }
        var stops = new ArrayList<String>();
        for (int i = 0; i < node.size(); i++) {
            stops.add(stopString("stop[" + i + "]", node.get(i)));
        }
        return stops;
    }

    private static String stopString(String path, JsonNode node) {
        var text = Fields.text(path, node);
        if (text.isEmpty()) {
            throw ApiException.invalid(path, "'" + path + "' must not be empty.");
        }
        if (text.length() > MAX_STOP_LENGTH) {
            throw ApiException.invalid(
                    path,
                    "'"
                            + path
                            + "' must have at most "
                            + MAX_STOP_LENGTH
                            + " characters, but has "
                            + text.length()
                            + ". Give the beginning of it.");
        }
        return text;
    }
}
