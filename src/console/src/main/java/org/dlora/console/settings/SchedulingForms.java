package org.dlora.console.settings;

import java.time.temporal.ChronoUnit;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.dlora.api.admin.cluster.ChangeBody;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.operate.Administration;
import org.dlora.operate.cluster.SchedulingCommands;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.SchedulingSettings;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Forms that change the scheduling while the server runs. They are read as {@code PUT
 * /admin/scheduling} reads its body, so both refuse the same.
 */
@Controller
final class SchedulingForms {
    private static final JsonMapper JSON = new JsonMapper();

    private final Administration administration;
    private final ClusterEvents events;

    SchedulingForms(Administration administration, ClusterEvents events) {
        this.administration = administration;
        this.events = events;
    }

    @PostMapping("/console/settings/slo")
    Mono<ResponseEntity<String>> slo(ServerWebExchange exchange) {
        return change(
                exchange,
                "The promised times are changed.",
                fields ->
                        body(json -> {
                            var slo = json.putObject("slo");
                            slo.put("ttft", time(fields, "ttft"));
                            slo.put("tpot", time(fields, "tpot"));
                            return json;
                        }));
    }

    /** A text without a unit is in seconds, as in the settings. */
    private static String time(FormFields fields, String name) {
        return fields.given(name).orElse("0");
    }

    @PostMapping("/console/settings/shares")
    Mono<ResponseEntity<String>> shares(ServerWebExchange exchange) {
        return change(
                exchange,
                "The share is changed.",
                fields -> {
                    var model = fields.required("model", "Model");
                    double weight = fields.number("weight", "Weight").orElse(1.0);
                    return body(json -> {
                        json.putObject("shares").put(model, weight);
                        return json;
                    });
                });
    }

    @PostMapping("/console/settings/merge")
    Mono<ResponseEntity<String>> merge(ServerWebExchange exchange) {
        return change(
                exchange,
                "The merging is changed.",
                fields -> {
                    double share =
                            fields.number("share", "Share of the time")
                                    .orElse(MergeSettings.DEFAULT.share());
                    var merge = new MergeSettings(share, seconds(fields.required("keep", "Keep")));
                    return before ->
                            new SchedulingSettings(
                                    before.policy(),
                                    before.slo(),
                                    merge,
                                    before.weights(),
                                    before.teams());
                });
    }

    private static double seconds(String text) {
        try {
            return DurationStyle.detectAndParse(text, ChronoUnit.SECONDS).toNanos() / 1e9;
        } catch (IllegalArgumentException | ArithmeticException _) {
            throw ApiException.invalid(
                    "keep",
                    "'Keep' must be a time such as 30s, but is '%s'."
                            .formatted(StringUtils.truncate(text, 50)));
        }
    }

    private UnaryOperator<SchedulingSettings> body(UnaryOperator<ObjectNode> members) {
        return ChangeBody.read(members.apply(JSON.createObjectNode()), administration.models())
                .change();
    }

    private Mono<ResponseEntity<String>> change(
            ServerWebExchange exchange,
            String notice,
            Function<FormFields, UnaryOperator<SchedulingSettings>> reader) {
        return PageForms.change(
                exchange,
                SettingsPage.PATH,
                fields -> {
                    var change = reader.apply(fields);
                    SchedulingCommands.update(
                                    administration,
                                    change,
                                    events,
                                    RequestCaller.name(exchange.getRequest()),
                                    "by a form of the console")
                            .join();
                    return new Done(SettingsPage.PATH, notice);
                });
    }
}
