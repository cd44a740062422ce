package org.dlora.api.admin;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.dlora.engine.SchedulingSettings;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicyKind;
import org.dlora.scheduling.SloLimits;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;
import tools.jackson.databind.JsonNode;

/** What is to be another way from now on; what is not named stays. */
record ChangeBody(Optional<PolicyKind> policy, Optional<SloLimits> slo) {

    /** Reads {@code {"policy": NAME, "slo": {"ttft": s, "tpot": s}}}, or a part of it. */
    static ChangeBody read(JsonNode body) {
        check("The body", body, Set.of("policy", "slo"));
        return new ChangeBody(member(body, "policy").map(ChangeBody::kind), slo(body));
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
                        before.merge());
    }

    private static ResponseStatusException refused(String message) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, message);
    }
}
