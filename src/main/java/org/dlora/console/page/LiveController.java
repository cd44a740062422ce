package org.dlora.console.page;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dlora.api.openai.ApiException;
import org.dlora.security.Access;
import org.dlora.security.users.SignedIn;
import org.dlora.security.web.ConsolePaths;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.stereotype.Controller;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Stream of a page's live panels, as htmx's extension for server-sent events takes it: an event is
 * named as its panel and has HTML. A panel is rendered once a second for all browsers, and sent
 * where it changed; an event {@code tick} says each second that the server is there.
 */
@Controller
final class LiveController {
    private static final Logger log = LoggerFactory.getLogger(LiveController.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int MOST_PANELS = 16;
    private static final int LONGEST_SUBJECT = 300;
    private static final int MOST_RENDERINGS = 200;

    private final PageRenderer pages;
    private final Map<String, LivePanel> panels;
    private final Map<String, Flux<String>> running = new ConcurrentHashMap<>();
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private final Scheduler renderer =
            Schedulers.newBoundedElastic(1, 8 * MOST_RENDERINGS, "console-live", 60, true);
    private final Flux<Long> ticks = Flux.interval(PERIOD).onBackpressureDrop().share();

    LiveController(PageRenderer pages, List<LivePanel> panels) {
        this.pages = pages;
        this.panels =
                panels.stream().collect(Collectors.toMap(LivePanel::name, Function.identity()));
    }

    /**
     * Streams panels.
     *
     * @param wanted {@code NAME} or {@code NAME:SUBJECT} of each
     */
    @GetMapping(path = "/console/live", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @ResponseBody
    Flux<ServerSentEvent<String>> live(
            ServerWebExchange exchange,
            @RequestParam(name = "panel", defaultValue = "") List<String> wanted) {
        if (wanted.size() > MOST_PANELS) {
            throw ApiException.invalid(
                    "panel",
                    "A page has %d panels at most, but %d were given."
                            .formatted(MOST_PANELS, wanted.size()));
        }
        var all =
                wanted.stream()
                        .filter(name -> !name.isEmpty())
                        .distinct()
                        .map(name -> panel(name, ConsolePaths.user(exchange)))
                        .toList();
        var stream =
                Flux.merge(
                        ticks.map(_ -> ServerSentEvent.builder("").event("tick").build())
                                .onBackpressureDrop(),
                        Flux.merge(all));
        // The stream ends with the session, as what it shows may need the role.
        return stream.takeUntilOther(
                Access.of(exchange.getRequest().getAttributes().get(Access.NAME)).ended());
    }

    private Flux<ServerSentEvent<String>> panel(String wanted, SignedIn user) {
        int colon = wanted.indexOf(':');
        var name = colon < 0 ? wanted : wanted.substring(0, colon);
        var subject = colon < 0 ? "" : wanted.substring(colon + 1);
        var panel = panels.get(name);
        if (panel != null && !user.role().includes(panel.role())) {
            throw ApiException.of(
                    HttpStatus.FORBIDDEN,
                    "The panel '%s' needs the role %s."
                            .formatted(panel.name(), panel.role().label()));
        }
        if (panel == null || subject.length() > LONGEST_SUBJECT) {
            throw ApiException.of(
                    HttpStatus.NOT_FOUND,
                    "There is no panel '%s'.".formatted(StringUtils.truncate(wanted, 50)));
        }
        if (running.size() >= MOST_RENDERINGS && !running.containsKey(wanted)) {
            throw ApiException.of(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "Too many pages are open at once. Close some and load this one again.");
        }
        // One that begins late gets the latest at once. The last that leaves ends the rendering.
        return Flux.defer(() ->
                        running.computeIfAbsent(wanted, _ -> rendered(panel, subject, wanted)))
                .distinctUntilChanged()
                .onBackpressureLatest()
                .map(html -> ServerSentEvent.builder(html).event(wanted).build());
    }

    private Flux<String> rendered(LivePanel panel, String subject, String wanted) {
        // Each drops for itself, so that a slow one does not hold up the ticks of others.
        return ticks.onBackpressureDrop()
                .startWith(0L)
                .publishOn(renderer, 1)
                .map(_ -> render(panel, subject))
                .filter(html -> !html.isEmpty())
                .doFinally(_ -> running.remove(wanted))
                .replay(1)
                .refCount();
    }

    /** Returns empty text where there is nothing to show: browsers keep what they have. */
    private String render(LivePanel panel, String subject) {
        try {
            var html = pages.fragment(panel.template(), panel.fragment(), panel.values(subject));
            failing.remove(panel.name());
            return html;
        } catch (ApiException _) {
            return "";
        } catch (RuntimeException e) {
            // Once: it is rendered again each second.
            if (failing.add(panel.name())) {
                log.warn("Panel {} failed", panel.name(), e);
            }
            return "";
        }
    }
}
