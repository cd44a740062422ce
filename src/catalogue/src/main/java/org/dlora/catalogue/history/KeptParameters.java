package org.dlora.catalogue.history;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.constraint.ConstraintDefinition;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Parameters as the history keeps them: {@value #MOST} characters at most, and texts of clients
 * only where they are wanted. The member {@code left_out} has hash and length of what is not kept.
 */
public final class KeptParameters {
    /** Characters of parameters at most. */
    static final int MOST = 64 << 10;

    private static final String LEFT_OUT = "left_out";
    private static final String STOP = "stop";
    private static final String CONSTRAINT = "constraint";

    /** Members of any length, with what stands in the place of one that is left out. */
    private static final Map<String, Object> LONG =
            new TreeMap<>(
                    Map.of(
                            "logit_bias",
                            Map.of(),
                            "allowed_token_ids",
                            List.of(),
                            "stop_token_ids",
                            List.of()));

    private static final JsonMapper JSON = new JsonMapper();

    private KeptParameters() {}

    /**
     * Returns parameters as JSON, without the seed.
     *
     * @param hasTexts whether stop strings and the texts of a constraint are kept
     */
    public static String json(RequestParameters parameters, boolean hasTexts) {
        var json = parameters.json();
        boolean hasConstraint =
                parameters.constraint() != null
                        && !(parameters.constraint() instanceof ConstraintDefinition.JsonObject);
        boolean isText = hasConstraint || !parameters.stop().stopStrings().isEmpty();
        if (json.length() <= MOST && (hasTexts || !isText)) {
            return json;
        }
        var all = (ObjectNode) JSON.readTree(json);
        if (!parameters.stop().stopStrings().isEmpty()) {
            leaveOut(all, STOP);
            all.putArray(STOP);
        }
        if (hasConstraint) {
            leaveOut(all, CONSTRAINT);
        }
        if (all.toString().length() > MOST) {
            LONG.forEach((name, empty) -> {
                if (all.has(name) && !all.get(name).isEmpty()) {
                    leaveOut(all, name);
                    all.set(name, JSON.valueToTree(empty));
                }
            });
        }
        return all.toString();
    }

    private static void leaveOut(ObjectNode all, String name) {
        var text = all.remove(name).toString();
        var kept = all.withObject(LEFT_OUT).putObject(name);
        kept.put("sha256", TextHash.of(text));
        kept.put("length", text.length());
    }

    /**
     * Checks that parameters are kept whole.
     *
     * @throws IllegalArgumentException if some are left out
     */
    static void requireWhole(JsonNode all) {
        if (all.has(LEFT_OUT)) {
            throw new IllegalArgumentException(
                    "its parameters %s are not kept (dlora.history.store-text was false, or they were longer than %d characters)"
                            .formatted(String.join(", ", all.get(LEFT_OUT).propertyNames()), MOST));
        }
    }
}
