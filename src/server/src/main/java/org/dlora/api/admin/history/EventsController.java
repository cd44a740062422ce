package org.dlora.api.admin.history;

import org.dlora.api.openai.call.Revocation;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.RequestCaller;
import org.dlora.api.web.ServerStop;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.security.Access;
import org.dlora.security.Scope;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink.OverflowStrategy;
import reactor.core.scheduler.Schedulers;

/**
 * Endpoint that streams the cluster's changes as they happen; administrative actions, which are the
 * audit, only to administrators. The streams end with the server.
 */
@RestController
public final class EventsController {
    /** Changes that a client may be behind; then it misses the oldest. */
    private static final int BEHIND = 1024;

    private final Administration administration;
    private final ClusterEvents events;
    private final HttpSettings settings;
    private final ServerStop stop;

    EventsController(
            Administration administration,
            ClusterEvents events,
            HttpSettings settings,
            ServerStop stop) {
        this.administration = administration;
        this.events = events;
        this.settings = settings;
        this.stop = stop;
    }

    @GetMapping(path = "/admin/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<String>> events(ServerHttpRequest call) {
        var _ = administration.scheduling();
        var access = RequestCaller.access(call);
        var begun = Flux.just(comment("connected"));
        var pings = Flux.interval(settings.ping()).onBackpressureDrop().map(_ -> comment("ping"));
        var all = stop.end(Flux.merge(changes(access), begun, pings));
        return Revocation.watch(
                all, access, error -> ServerSentEvent.builder(error).event("error").build());
    }

    // Threads of replicas tell of changes, so what follows runs on others.
    private Flux<ServerSentEvent<String>> changes(Access access) {
        return Flux.<ClusterEvent>create(
                        sink -> {
                            var end = events.watch(sink::next);
                            sink.onDispose(end::run);
                        },
                        OverflowStrategy.IGNORE)
                .filter(event ->
                        !(event instanceof ClusterEvent.AdminAction) || access.has(Scope.ADMIN))
                .onBackpressureBuffer(BEHIND, BufferOverflowStrategy.DROP_OLDEST)
                .publishOn(Schedulers.parallel())
                .map(EventsController::body);
    }

    private static ServerSentEvent<String> comment(String text) {
        return ServerSentEvent.<String>builder().comment(text).build();
    }

    private static ServerSentEvent<String> body(ClusterEvent event) {
        return ServerSentEvent.builder(EventJson.event(event)).event(event.kind()).build();
    }
}
