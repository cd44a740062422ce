package org.dlora.catalogue.history;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.ConstraintFormat;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Parameters that determine the tokens of a request, as the history keeps them: a JSON object. The
 * seed has a column of its own.
 *
 * @param logprobs top alternatives to report for each output token, -1 = none
 * @param constraint on the text; null if there was none
 */
public record RequestParameters(
        SamplingParams sampling,
        StopConditions stop,
        int logprobs,
        boolean skipSpecialTokens,
        boolean continuesPrompt,
        @Nullable ConstraintDefinition constraint) {
    private static final JsonMapper JSON = new JsonMapper();

    /** Bytes of an entry of a map or a set, or of a text without its characters. */
    private static final int ENTRY = 64;

    /** Returns the parameters of a request. */
    public static RequestParameters of(GenerationRequest request) {
        return new RequestParameters(
                request.sampling(),
                request.stop(),
                request.logprobs(),
                request.skipSpecialTokens(),
                request.continuesPrompt(),
                request.constraint());
    }

    /** Creates parameters without a constraint. */
    public RequestParameters(
            SamplingParams sampling,
            StopConditions stop,
            int logprobs,
            boolean skipSpecialTokens,
            boolean continuesPrompt) {
        this(sampling, stop, logprobs, skipSpecialTokens, continuesPrompt, null);
    }

    /** Returns about the bytes of memory that they take. */
    public long bytes() {
        long bytes = constraint == null ? 0 : constraint.bytes();
        for (var text : stop.stopStrings()) {
            bytes += ENTRY + 2L * text.length();
        }
        return bytes
                + (long) ENTRY
                        * (sampling.logitBias().size()
                                + sampling.allowedTokens().size()
                                + stop.stopTokens().size());
    }

    /** Returns the parameters as JSON, without the seed. */
    public String json() {
        var all = new LinkedHashMap<String, Object>();
        all.put("temperature", sampling.temperature());
        all.put("top_p", sampling.topP());
        all.put("top_k", sampling.topK());
        all.put("min_p", sampling.minP());
        all.put("presence_penalty", sampling.presencePenalty());
        all.put("frequency_penalty", sampling.frequencyPenalty());
        all.put("repetition_penalty", sampling.repetitionPenalty());
        all.put("logit_bias", new TreeMap<>(sampling.logitBias()));
        if (!sampling.allowedTokens().isEmpty()) {
            all.put("allowed_token_ids", new TreeSet<>(sampling.allowedTokens()));
        }
        all.put("max_tokens", stop.maxTokens());
        all.put("min_tokens", stop.minTokens());
        all.put("ignore_eos", stop.ignoreEos());
        all.put("stop_token_ids", new TreeSet<>(stop.stopTokens()));
        all.put("stop", stop.stopStrings());
        all.put("include_stop_str_in_output", stop.includeStop());
        all.put("logprobs", logprobs);
        all.put("skip_special_tokens", skipSpecialTokens);
        all.put("continues_prompt", continuesPrompt);
        if (constraint != null) {
            all.put("constraint", ConstraintFormat.write(constraint));
        }
        return JSON.writeValueAsString(all);
    }

    /**
     * Returns the parameters of a row.
     *
     * @param seed null if it is not known
     * @throws IllegalArgumentException if {@code json} is not what {@link #json} writes
     */
    public static RequestParameters parse(String json, @Nullable Long seed) {
        try {
            var all = JSON.readTree(json);
            KeptParameters.requireWhole(all);
            return read(all, seed);
        } catch (JacksonException | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "the kept parameters cannot be read: " + e.getMessage(), e);
        }
    }

    private static RequestParameters read(JsonNode node, @Nullable Long seed) {
        var bias = new HashMap<Integer, Double>();
        for (var entry : node.required("logit_bias").properties()) {
            bias.put(Integer.valueOf(entry.getKey()), entry.getValue().asDouble());
        }
        var sampling =
                new SamplingParams(
                        node.required("temperature").asDouble(),
                        node.required("top_p").asDouble(),
                        node.required("top_k").asInt(),
                        node.required("min_p").asDouble(),
                        node.required("presence_penalty").asDouble(),
                        node.required("frequency_penalty").asDouble(),
                        node.required("repetition_penalty").asDouble(),
                        Map.copyOf(bias),
                        node.has("allowed_token_ids")
                                ? tokens(node.get("allowed_token_ids"))
                                : Set.of(),
                        seed == null ? OptionalLong.empty() : OptionalLong.of(seed));
        var stop =
                new StopConditions(
                        node.required("max_tokens").asInt(),
                        node.required("min_tokens").asInt(),
                        node.required("ignore_eos").asBoolean(),
                        tokens(node.required("stop_token_ids")),
                        strings(node.required("stop")),
                        node.required("include_stop_str_in_output").asBoolean());
        return new RequestParameters(
                sampling,
                stop,
                node.required("logprobs").asInt(),
                node.required("skip_special_tokens").asBoolean(),
                node.required("continues_prompt").asBoolean(),
                node.has("constraint") ? ConstraintFormat.read(node.get("constraint")) : null);
    }

    private static Set<Integer> tokens(JsonNode node) {
        var tokens = new HashSet<Integer>();
        node.valueStream().forEach(token -> tokens.add(token.asInt()));
        return tokens;
    }

    private static List<String> strings(JsonNode node) {
        return node.valueStream().map(JsonNode::asString).toList();
    }
}
