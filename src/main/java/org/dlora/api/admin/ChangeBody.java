package org.dlora.api.admin;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.dlora.cluster.ServedModels;
import org.dlora.engine.SchedulingSettings;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicyKind;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;
import tools.jackson.databind.JsonNode;

/** What is to be another way from now on; what is not named stays. */
record ChangeBody(
        Optional<PolicyKind> policy, Optional<SloLimits> slo, Map<String, Double> shares) {

    /**
     * Reads {@code {"policy": NAME, "slo": {"ttft": s, "tpot": s}, "shares": {MODEL: weight}}}, or
     * a part of it.
     *
     * @param models those that are served
     */
    static ChangeBody read(JsonNode body, ServedModels models) {
        check("The body", body, Set.of("policy", "slo", "shares"));
        return new ChangeBody(
                member(body, "policy").map(ChangeBody::kind), slo(body), shares(body, models));
    }

    private static Map<String, Double> shares(JsonNode body, ServedModels models) {
        var weights = new TreeMap<String, Double>();
        var given = member(body, "shares").orElse(null);
        if (given == null) {
            return weights;
        }
        if (!given.isObject()) {
            throw refused("'shares' must be an object.");
        }
        for (var name : given.propertyNames()) {
            if (models.find(name).isEmpty()) {
                throw refused(
                        "'shares' names '%s', which is not served; GET /v1/models lists what is."
                                .formatted(name));
            }
            var weight = given.get(name);
            if (!weight.isNull() && !weight.isNumber()) {
                throw refused(
                        "'shares.%s' is %s, but must be a number, or null for 1."
                                .formatted(name, weight));
            }
            weights.put(
                    name.equals(models.servedName()) ? "" : name,
                    weight.isNull() ? 1 : weight.doubleValue());
        }
        return checked(weights);
    }

    private static Map<String, Double> checked(Map<String, Double> weights) {
        try {
            var _ = new ServiceWeights(weights);
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage() + ".");
        }
        return weights;
    }

    private static void check(String what, JsonNode node, Set<String> known) {
        if (!node.isObject()) {
            throw refused(what + " must be an object.");
        }
        for (var name : node.propertyNames()) {
            if (!known.contains(name)) {
                throw refused("Unknown parameter: '%s'.".formatted(name));
            }
        }
    }

    private static Optional<JsonNode> member(JsonNode node, String name) {
        return Optional.ofNullable(node.get(name)).filter(member -> !member.isNull());
    }

    private static PolicyKind kind(JsonNode name) {
        return PolicyKind.named(name.asString(""))
                .orElseThrow(() ->
                        refused(
                                "'policy' is %s, but must be one of %s."
                                        .formatted(
                                                name,
                                                Arrays.stream(PolicyKind.values())
                                                        .map(PolicyKind::label)
                                                        .collect(Collectors.joining(", ")))));
    }

    private static Optional<SloLimits> slo(JsonNode body) {
        return member(body, "slo")
                .map(slo -> {
                    check("'slo'", slo, Set.of("ttft", "tpot"));
                    return new SloLimits(seconds(slo, "ttft"), seconds(slo, "tpot"));
                });
    }

    private static double seconds(JsonNode slo, String name) {
        var node = member(slo, name).orElse(null);
        if (node == null) {
            return Double.POSITIVE_INFINITY;
        }
        if (!node.isNumber() || !(node.doubleValue() > 0)) {
            throw refused("'slo.%s' is %s, but must be a number above 0.".formatted(name, node));
        }
        return node.doubleValue();
    }

    /** Another policy starts anew, the same one goes on. */
    UnaryOperator<SchedulingSettings> change() {
        return before ->
                new SchedulingSettings(
                        policy.filter(kind -> !kind.label().equals(before.policy().name()))
                                .<Policy<?>>map(PolicyKind::create)
                                .orElse(before.policy()),
                        slo.orElse(before.slo()),
                        before.merge(),
                        before.weights().with(shares));
    }

    private static ResponseStatusException refused(String message) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, message);
    }
}
