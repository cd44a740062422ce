package org.dlora.console.settings;

import java.util.HashMap;
import java.util.Map;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Page of the settings. */
@Controller
final class SettingsPage {
    static final String PATH = "/console/settings";

    private final PageRenderer pages;
    private final Administration administration;
    private final SettingsInForce settings;

    SettingsPage(PageRenderer pages, Administration administration, SettingsInForce settings) {
        this.pages = pages;
        this.administration = administration;
        this.settings = settings;
    }

    /**
     * A row of the page.
     *
     * @param now value that was set while running; null if it is as at the start
     */
    record Row(SettingInForce setting, @Nullable String now) {}

    /**
     * @param only {@code given} for settings that somebody gave, {@code live} for those that can be
     *     changed while running, else all
     */
    @GetMapping(PATH)
    Mono<ResponseEntity<String>> settings(
            @RequestParam(name = "q", defaultValue = "") String text,
            @RequestParam(name = "only", defaultValue = "") String only,
            ServerWebExchange exchange) {
        var live = SchedulingValues.of(administration);
        var rows =
                settings.all().stream()
                        .filter(one -> text.isBlank() || one.has(text.strip()))
                        .filter(one -> isShown(one, only))
                        .map(one -> new Row(one, changed(one, live)))
                        .toList();
        var values = new HashMap<String, Object>(Map.of("rows", rows, "q", text, "only", only));
        if (live != null) {
            values.put("live", live);
            values.put("ttft", SchedulingValues.seconds(live.ttft()));
            values.put("tpot", SchedulingValues.seconds(live.tpot()));
            var merge = live.merge();
            values.put("keep", merge == null ? "" : SchedulingValues.seconds(merge.keep()));
        }
        return pages.page(exchange, "settings", values);
    }

    private static boolean isShown(SettingInForce setting, String only) {
        return switch (only) {
            case "given" -> setting.isGiven();
            case "live" -> setting.isLive();
            default -> true;
        };
    }

    /** Returns the value in force of a setting that can change while running. */
    private static @Nullable String changed(
            SettingInForce setting, @Nullable SchedulingValues live) {
        return live == null ? null : live.now(setting.name());
    }
}
