package org.dlora.api.openai.call;

import java.util.OptionalInt;
import org.dlora.api.web.Fields;
import tools.jackson.databind.JsonNode;

/**
 * Settings of what calls may ask for, and of what they get unasked.
 *
 * @param exactAllowed whether requests may refuse merged weights by {@code dlora_exact}
 * @param usage whether every chunk of every stream has token counts
 * @param tokensAsIds whether log-probabilities name tokens by id where a request does not say
 * @param timings whether answers tell their times
 * @param maxLogprobs most alternatives at one place; -1 = the whole vocabulary
 * @param prefixes which calls share cached prefixes
 * @param prefixCache whether there are cached prefixes, so that the choices of a call compute their
 *     prompt once
 */
public record CallSettings(
        boolean exactAllowed,
        boolean usage,
        boolean tokensAsIds,
        boolean timings,
        int maxLogprobs,
        PrefixSharing prefixes,
        boolean prefixCache) {
    /** Settings of OpenAI's API. */
    public static final CallSettings DEFAULT =
            new CallSettings(true, false, false, false, 20, PrefixSharing.TEAM, true);

    /** vLLM's number for the whole vocabulary. */
    private static final int ALL = -1;

    /** Returns {@code wished} alternatives, or as many as calls may ask for. */
    public int alternatives(int wished) {
        return maxLogprobs == ALL ? wished : Math.min(wished, maxLogprobs);
    }

    /**
     * Reads a number of alternatives; -1 is the whole vocabulary, where that is allowed.
     *
     * @param vocabulary number of token ids
     */
    public OptionalInt alternatives(Fields fields, String name, int vocabulary) {
        int most = maxLogprobs == ALL ? vocabulary : Math.min(maxLogprobs, vocabulary);
        if (most == vocabulary
                && fields.any(name).map(JsonNode::intValueOpt).stream()
                        .anyMatch(OptionalInt.of(ALL)::equals)) {
            return OptionalInt.of(vocabulary);
        }
        return fields.integer(name, 0, most);
    }
}
