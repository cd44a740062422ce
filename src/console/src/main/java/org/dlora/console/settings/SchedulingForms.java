package org.dlora.console.settings;

import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.api.web.SloTimeReader;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.operate.Administration;
import org.dlora.operate.cluster.SchedulingCommands;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.SloLimits;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Forms that change the scheduling while the server runs. They refuse what {@code PUT
 * /admin/scheduling} refuses.
 */
@Controller
final class SchedulingForms {
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
                fields -> {
                    var slo = new SloLimits(time(fields, "ttft"), time(fields, "tpot"));
                    return before -> before.with(slo);
                });
    }

    private static double time(FormFields fields, String name) {
        return SloTimeReader.read("slo." + name, fields.given(name).orElse("0"));
    }

    @PostMapping("/console/settings/shares")
    Mono<ResponseEntity<String>> shares(ServerWebExchange exchange) {
        return change(
                exchange,
                "The share is changed.",
                fields -> {
                    var model = fields.required("model", "Model");
                    double weight = fields.number("weight", "Weight").orElse(1.0);
                    return SchedulingCommands.shares(
                            Map.of(model, weight), administration.models());
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
                    return before -> before.with(merge);
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
