package org.dlora.api.admin.cluster;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.operate.cluster.SchedulingCommands;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An update of the scheduling settings. A setting that it does not name stays as it is. */
public record ChangeBody(
        Optional<PolicyKind> policy,
        Optional<SloLimits> slo,
        UnaryOperator<ServiceWeights> shares) {

    /**
     * Reads {@code {"policy": NAME, "slo": {"ttft": s, "tpot": s}, "shares": {MODEL: weight}}}, or
     * a part of it. Null clears the promised times, all shares, or the share of one model.
     *
     * @param models the served models
     * @throws ApiException if the body has anything else
     */
    public static ChangeBody read(ObjectNode body, ServedModels models) {
        var fields = Fields.of(body);
        var change =
                new ChangeBody(
                        fields.given("policy").map(ChangeBody::kind),
                        fields.given("slo").map(ChangeBody::slo),
                        fields.given("shares")
                                .map(node -> shares(node, models))
                                .orElse(UnaryOperator.identity()));
        fields.end();
        return change;
    }

    private static PolicyKind kind(JsonNode name) {
        return PolicyKind.named(name.asString(""))
                .orElseThrow(() ->
                        Fields.wrong(
                                "policy",
                                "one of "
                                        + Arrays.stream(PolicyKind.values())
                                                .map(PolicyKind::label)
                                                .collect(Collectors.joining(", ")),
                                name));
    }

    private static SloLimits slo(JsonNode node) {
        if (node.isNull()) {
            return SloLimits.NONE;
        }
        var fields = Fields.at("slo", node);
        var limits =
                new SloLimits(
                        SloTimeReader.read(fields, "ttft"), SloTimeReader.read(fields, "tpot"));
        fields.end();
        return limits;
    }

    private static UnaryOperator<ServiceWeights> shares(JsonNode node, ServedModels models) {
        if (node.isNull()) {
            return _ -> ServiceWeights.EQUAL;
        }
        if (!(node instanceof ObjectNode given)) {
            throw Fields.wrong("shares", "an object", node);
        }
        var weights = new TreeMap<String, Double>();
        for (var name : given.propertyNames()) {
            var path = "shares." + name;
            if (models.find(name).isEmpty()) {
                throw ApiException.invalid(
                        path,
                        "'shares' names '%s', which is not served; GET /v1/models lists what is."
                                .formatted(name));
            }
            var weight = weight(path, given.get(name));
            check(path, name, weight);
            weights.put(name.equals(models.servedName()) ? "" : name, weight);
        }
        return before -> before.with(weights);
    }

    private static double weight(String path, JsonNode node) {
        if (!node.isNull() && !node.isNumber()) {
            throw Fields.wrong(path, "a number, or null for 1", node);
        }
        return node.isNull() ? 1 : node.doubleValue();
    }

    private static void check(String path, String name, double weight) {
        try {
            var _ = new ServiceWeights(Map.of(name, weight));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(path, e.getMessage() + ".");
        }
    }

    /**
     * Returns the function from the present settings to the updated ones. A policy that is in force
     * already keeps its state; another one starts anew.
     */
    public UnaryOperator<SchedulingSettings> change() {
        return before ->
                new SchedulingSettings(
                        policy.map(kind -> SchedulingCommands.chosen(kind, before.policy()))
                                .orElse(before.policy()),
                        slo.orElse(before.slo()),
                        before.merge(),
                        shares.apply(before.weights()));
    }
}
