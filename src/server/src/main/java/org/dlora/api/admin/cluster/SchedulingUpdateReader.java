package org.dlora.api.admin.cluster;

import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.SloTimeReader;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.operate.cluster.SchedulingCommands;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reader of the body of {@code PUT /admin/scheduling}. */
final class SchedulingUpdateReader {
    private SchedulingUpdateReader() {}

    /**
     * Reads {@code {"policy": NAME, "slo": {"ttft": s, "tpot": s}, "shares": {MODEL: weight}}}, or
     * a part of it. Null clears the promised times, all shares, or the share of one model.
     *
     * @param models the served models
     * @return function from the present settings to the updated ones
     * @throws ApiException if the body has anything else
     */
    static UnaryOperator<SchedulingSettings> read(ObjectNode body, ServedModels models) {
        var fields = Fields.of(body);
        var updates =
                Stream.of(
                                fields.given("policy").map(SchedulingUpdateReader::policy),
                                fields.given("slo").map(SchedulingUpdateReader::slo),
                                fields.given("shares").map(node -> shares(node, models)))
                        .flatMap(Optional::stream)
                        .toList();
        fields.end();
        return before -> {
            var after = before;
            for (var update : updates) {
                after = update.apply(after);
            }
            return after;
        };
    }

    private static UnaryOperator<SchedulingSettings> policy(JsonNode name) {
        return PolicyKind.named(name.asString(""))
                .map(SchedulingCommands::policy)
                .orElseThrow(() ->
                        Fields.wrong(
                                "policy",
                                "one of "
                                        + Arrays.stream(PolicyKind.values())
                                                .map(PolicyKind::label)
                                                .collect(Collectors.joining(", ")),
                                name));
    }

    private static UnaryOperator<SchedulingSettings> slo(JsonNode node) {
        if (node.isNull()) {
            return before -> before.with(SloLimits.NONE);
        }
        var fields = Fields.at("slo", node);
        var limits =
                new SloLimits(
                        SloTimeReader.read(fields, "ttft"), SloTimeReader.read(fields, "tpot"));
        fields.end();
        return before -> before.with(limits);
    }

    private static UnaryOperator<SchedulingSettings> shares(JsonNode node, ServedModels models) {
        if (node.isNull()) {
            return before -> before.with(ServiceWeights.EQUAL);
        }
        var weights = new TreeMap<String, Double>();
        for (var one : Fields.object("shares", node).properties()) {
            weights.put(one.getKey(), Fields.weight("shares." + one.getKey(), one.getValue()));
        }
        return SchedulingCommands.shares(weights, models);
    }
}
