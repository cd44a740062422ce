package org.dlora.api.openai.call;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.ParameterRanges;
import org.dlora.replica.request.SamplingParams;
import org.springframework.util.StringUtils;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader of the sampling parameters. A value comes from the request, or else from the defaults of
 * the adapter's version, or else from the model's {@code generation_config.json}, or else it is
 * OpenAI's default.
 */
final class Sampling {
    private static final double MAX_BIAS = 100;
    private static final int SHOWN_KEYS = 20;
    private static final int SHOWN_LENGTH = 40;

    private Sampling() {}

    static SamplingParams read(Fields fields, SelectedModel selected) {
        var defaults = selected.parameters();
        return new SamplingParams(
                fields.number("temperature", 0, ParameterRanges.MAX_TEMPERATURE)
                        .orElse(defaults.temperature().orElse(1)),
                fields.number("top_p", 0, 1).orElse(defaults.topP().orElse(1)),
                ParameterRanges.topK(fields).orElse(defaults.topK().orElse(0)),
                fields.number("min_p", 0, 1).orElse(defaults.minP().orElse(0)),
                fields.number(
                                "presence_penalty",
                                -ParameterRanges.MAX_PENALTY,
                                ParameterRanges.MAX_PENALTY)
                        .orElse(defaults.presencePenalty().orElse(0)),
                fields.number(
                                "frequency_penalty",
                                -ParameterRanges.MAX_PENALTY,
                                ParameterRanges.MAX_PENALTY)
                        .orElse(defaults.frequencyPenalty().orElse(0)),
                fields.positive("repetition_penalty", ParameterRanges.MAX_REPETITION_PENALTY)
                        .orElse(defaults.repetitionPenalty().orElse(1)),
                fields.object("logit_bias")
                        .map(node -> bias(node, selected.served().vocabSize()))
                        .orElse(Map.of()),
                allowed(fields, selected.served().vocabSize()),
                fields.wholeNumber("seed"));
    }

    /**
     * Returns the parameters for choice {@code index} of a request. Each choice has its own random
     * numbers, and the seed of the request determines them all.
     */
    static SamplingParams forChoice(SamplingParams params, int index) {
        return params.seed().isEmpty()
                ? params
                : params.withSeed(params.seed().getAsLong() + index);
    }

    // As in vLLM an empty array is an error: nothing could come.
    private static Set<Integer> allowed(Fields fields, int vocabulary) {
        var name = "allowed_token_ids";
        var array = fields.array(name).orElse(null);
        if (array != null && array.isEmpty()) {
            throw Fields.wrong(name, "an array of at least 1 token id", array);
        }
        return Set.copyOf(tokens(fields, name, Integer.MAX_VALUE, vocabulary));
    }

    /** Returns the token ids of an array, at most {@code most} of them; none without it. */
    static List<Integer> tokens(Fields fields, String name, int most, int vocabulary) {
        var array = fields.array(name).orElse(null);
        if (array == null) {
            return List.of();
        }
        if (array.size() > most) {
            throw Fields.wrong(name, "an array of at most " + most + " token ids", array);
        }
        var tokens = new LinkedHashSet<Integer>();
        for (int i = 0; i < array.size(); i++) {
            tokens.add(Fields.integer(name + "[" + i + "]", array.get(i), 0, vocabulary - 1));
        }
        return List.copyOf(tokens);
    }

    private static Map<Integer, Double> bias(ObjectNode node, int vocabulary) {
        var bias = new HashMap<Integer, Double>();
        var wrong = new ArrayList<String>();
        for (var entry : node.properties()) {
            int token = token(entry.getKey());
            if (token < 0 || token >= vocabulary) {
                wrong.add(entry.getKey());
                continue;
            }
            var path = "logit_bias." + entry.getKey();
            bias.put(token, Fields.number(path, entry.getValue(), -MAX_BIAS, MAX_BIAS));
        }
        if (!wrong.isEmpty()) {
            throw wrongKeys(wrong, vocabulary);
        }
        return bias;
    }

    /** Returns a token id, or -1 for what is none. */
    private static int token(String key) {
        try {
            return Integer.parseInt(key);
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    private static ApiException wrongKeys(List<String> keys, int vocabulary) {
        var shown =
                keys.stream()
                        .limit(SHOWN_KEYS)
                        .map(key -> "'" + StringUtils.truncate(key, SHOWN_LENGTH) + "'")
                        .collect(joining(", "));
        return ApiException.invalid(
                "logit_bias",
                "'logit_bias' maps ids of the vocabulary's %d tokens, from 0 to %d, to numbers, but has the keys %s%s."
                        .formatted(
                                vocabulary,
                                vocabulary - 1,
                                shown,
                                keys.size() > SHOWN_KEYS ? " and others" : ""));
    }
}
