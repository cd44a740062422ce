package org.dlora.console.page;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.api.web.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Live panels that browsers show now, each rendered once a period for all of them. A panel that
 * fails has a face with the reason, and is itself again once it can be. Thread-safe.
 *
 * <p>No subscriber keeps the panels of others from being rendered: a user shows {@value
 * PanelSeats#MOST} panels at most, panels take turns on two threads, and one that takes long pauses
 * for longer.
 */
final class PanelRenderings {
    private static final Logger log = LoggerFactory.getLogger(PanelRenderings.class);
    private static final int MOST = 1_000;
    private static final int THREADS = 2;

    /** Pause after a rendering, in times of what it took: a tenth of a thread at most. */
    private static final int PAUSE = 9;

    /** Longest pause: shorter than the age at which a panel is late. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** Age from which a rendering is late: as long as pages wait for news of the server. */
    private static final Duration LATE = Duration.ofSeconds(10);

    private final PageRenderer pages;
    private final Flux<?> ticks;
    private final InstantSource clock;
    private final Map<String, Rendering> running = new ConcurrentHashMap<>();
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private final PanelSeats seats = new PanelSeats();
    private final Scheduler renderer;

    /**
     * @param ticks at each of which panels are rendered
     */
    PanelRenderings(PageRenderer pages, Flux<?> ticks, InstantSource clock) {
        this(
                pages,
                ticks,
                clock,
                Schedulers.newBoundedElastic(THREADS, 8 * MOST, "console-live", 60, true));
    }

    /**
     * @param renderer on which panels are rendered
     */
    PanelRenderings(PageRenderer pages, Flux<?> ticks, InstantSource clock, Scheduler renderer) {
        this.renderer = renderer;
        this.pages = pages;
        this.ticks = ticks;
        this.clock = clock;
    }

    /**
     * Returns the HTML of a panel: each from now on that differs from the one before. The page has
     * the panel as it was when the page was made; an earlier rendering would undo what a form has
     * just changed there.
     *
     * @param user user who sees it
     * @param wanted name of the panel with its subject
     * @throws ApiException with status 503 if the user shows too many panels, or all users do
     */
    Flux<String> of(String user, String wanted, LivePanel panel, String subject) {
        if (!seats.hasRoom(user, wanted)) {
            throw ApiException.of(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "Too many of your pages are open at once, with %d live parts. Close some and load this one again."
                            .formatted(PanelSeats.MOST));
        }
        if (running.size() >= MOST && !running.containsKey(wanted)) {
            throw ApiException.of(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "Too many pages of all users are open at once. Load this one again later.");
        }
        return Flux.defer(
                        () -> {
                            seats.take(user, wanted);
                            var rendering = join(wanted, panel, subject);
                            return rendering
                                    .html
                                    .asFlux()
                                    .mergeWith(Mono.fromRunnable(rendering::begin))
                                    .doFinally(_ -> {
                                        leave(wanted);
                                        seats.leave(user, wanted);
                                    });
                        })
                .distinctUntilChanged()
                .onBackpressureLatest();
    }

    // Flux.refCount() may end who comes with an error where the last one leaves at that moment.
    private Rendering join(String wanted, LivePanel panel, String subject) {
        return running.compute(
                wanted,
                (_, found) -> {
                    var joined = found == null ? new Rendering(panel, subject) : found;
                    joined.shown++;
                    return joined;
                });
    }

    /** The last that leaves ends the rendering. */
    private void leave(String wanted) {
        running.computeIfPresent(
                wanted,
                (_, left) -> {
                    left.shown--;
                    if (left.shown > 0) {
                        return left;
                    }
                    left.stream.dispose();
                    return null;
                });
    }

    /** Returns the seconds since panels were last rendered, of those that are late. */
    Map<String, Long> late(List<String> wanted) {
        var late = new LinkedHashMap<String, Long>();
        for (var name : wanted) {
            var rendering = running.get(name);
            if (rendering != null && rendering.age().compareTo(LATE) >= 0) {
                late.put(name, rendering.age().toSeconds());
            }
        }
        return late;
    }

    /** One panel with its subject. */
    private final class Rendering {
        private final LivePanel panel;
        private final String subject;
        private final Sinks.Many<String> html = Sinks.many().multicast().directBestEffort();
        private final Disposable.Swap stream = Disposables.swap();
        private final AtomicBoolean hasBegun = new AtomicBoolean();
        private volatile long last = clock.millis();
        private volatile long next = last;

        /** Pages that show it; under the lock of its place in the map. */
        private int shown;

        Rendering(LivePanel panel, String subject) {
            this.panel = panel;
            this.subject = subject;
        }

        void begin() {
            if (hasBegun.compareAndSet(false, true)) {
                // Each drops for itself, so that a slow one does not hold up the ticks of others.
                stream.update(
                        ticks.filter(_ -> clock.millis() >= next)
                                .map(_ -> true)
                                .onBackpressureDrop()
                                .startWith(true)
                                .publishOn(renderer, 1)
                                .subscribe(_ -> html.tryEmitNext(render())));
            }
        }

        Duration age() {
            return Duration.ofMillis(clock.millis() - last);
        }

        private String render() {
            long began = clock.millis();
            var rendered = html();
            last = clock.millis();
            next = last + Math.min(PAUSE * (last - began), LONGEST_PAUSE.toMillis());
            return rendered;
        }

        private String html() {
            try {
                var made =
                        pages.fragment(panel.template(), panel.fragment(), panel.values(subject));
                failing.remove(panel.name());
                return made;
            } catch (RuntimeException e) {
                var words = PageForms.words(e);
                // Once: it is rendered again each second.
                if (words == null && failing.add(panel.name())) {
                    log.warn("Panel {} failed", panel.name(), e);
                }
                return failed(words == null ? "The server failed; its log says why." : words);
            }
        }

        private String failed(String reason) {
            return pages.fragment("parts", "failed", Map.of("reason", reason));
        }
    }
}
