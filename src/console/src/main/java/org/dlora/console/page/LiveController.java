package org.dlora.console.page;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.api.web.ServerStop;
import org.dlora.security.users.SignedIn;
import org.dlora.security.web.ConsolePaths;
import org.dlora.security.web.ReactiveEnding;
import org.springframework.beans.factory.annotation.Autowired;
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
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stream of a page's live panels, as htmx's extension for server-sent events takes it: an event is
 * named as its panel and has HTML, and is sent where that changed. An event {@code tick} says each
 * second that the server is there, and which panels are late: seconds by name, as JSON. An event
 * {@code ended} is the last one, when the session ends. The stream ends without it when the server
 * stops.
 */
@Controller
final class LiveController {
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int MOST_PANELS = 16;
    private static final int LONGEST_SUBJECT = 300;
    private static final JsonMapper JSON = new JsonMapper();

    private final Map<String, LivePanel> panels;
    private final Flux<Long> ticks;
    private final PanelRenderings renderings;
    private final ServerStop stop;

    @Autowired
    LiveController(
            PageRenderer pages, List<LivePanel> panels, InstantSource clock, ServerStop stop) {
        this(pages, panels, clock, Flux.interval(PERIOD).onBackpressureDrop().share(), stop);
    }

    /**
     * @param ticks at each of which panels are rendered
     */
    LiveController(
            PageRenderer pages,
            List<LivePanel> panels,
            InstantSource clock,
            Flux<Long> ticks,
            ServerStop stop) {
        this.stop = stop;
        this.panels =
                panels.stream().collect(Collectors.toMap(LivePanel::name, Function.identity()));
        this.ticks = ticks;
        renderings = new PanelRenderings(pages, ticks, clock);
    }

    /**
     * Streams panels.
     *
     * @param wanted {@code NAME} or {@code NAME:SUBJECT} of each
     */
    @GetMapping(path = ConsolePaths.LIVE, produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @ResponseBody
    Flux<ServerSentEvent<String>> live(
            ServerWebExchange exchange,
            @RequestParam(name = "panel", defaultValue = "") List<String> wanted) {
        // The stream ends with the session, as what it shows may need the role.
        return events(
                wanted,
                ConsolePaths.user(exchange),
                ReactiveEnding.mono(RequestCaller.access(exchange.getRequest()).ended()));
    }

    /**
     * Returns the events of a stream.
     *
     * @param end completes when the session ends
     */
    Flux<ServerSentEvent<String>> events(List<String> wanted, SignedIn user, Mono<Void> end) {
        if (wanted.size() > MOST_PANELS) {
            throw ApiException.invalid(
                    "panel",
                    "A page has %d panels at most, but %d were given."
                            .formatted(MOST_PANELS, wanted.size()));
        }
        var names = wanted.stream().filter(name -> !name.isEmpty()).distinct().toList();
        var all = names.stream().map(name -> panel(name, user)).toList();
        return stop.end(
                Flux.merge(ticks.map(_ -> tick(names)).onBackpressureDrop(), Flux.merge(all))
                        .takeUntilOther(end)
                        .concatWith(Mono.just(event("ended", ""))));
    }

    private static ServerSentEvent<String> event(String name, String data) {
        return ServerSentEvent.builder(data).event(name).build();
    }

    private ServerSentEvent<String> tick(List<String> names) {
        var late = renderings.late(names);
        return event("tick", late.isEmpty() ? "" : JSON.writeValueAsString(late));
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
        return renderings.of(user.actor(), wanted, panel, subject).map(html -> event(wanted, html));
    }
}
