package org.dlora.api.admin.acquisitions;

import java.time.Duration;
import java.util.List;
import org.dlora.api.openai.call.Revocation;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.RequestCaller;
import org.dlora.api.web.ServerStop;
import org.dlora.catalogue.source.Acquisition;
import org.dlora.catalogue.source.AcquisitionJob;
import org.dlora.operate.adapters.AcquisitionCommands;
import org.dlora.security.Access;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Endpoints of the jobs that acquire adapters: their progress, and their cancellation. */
@RestController
public final class AcquisitionJobsController {
    private static final Duration TICK = Duration.ofMillis(250);

    private final HttpSettings settings;
    private final AcquisitionCommands commands;
    private final ServerStop stop;

    AcquisitionJobsController(
            HttpSettings settings, AcquisitionCommands commands, ServerStop stop) {
        this.settings = settings;
        this.commands = commands;
        this.stop = stop;
    }

    /** Jobs, the newest first; ended ones are forgotten after some hundred others. */
    record AllJobs(List<Acquisition> jobs) {}

    @GetMapping("/admin/adapter-jobs")
    Mono<AllJobs> jobs(ServerHttpRequest call) {
        return Mono.just(new AllJobs(commands.jobs(access(call))));
    }

    @GetMapping("/admin/adapter-jobs/{id}")
    Mono<Acquisition> job(@PathVariable String id, ServerHttpRequest call) {
        return Mono.just(AcquisitionCommands.seen(access(call), find(id, call).report()));
    }

    /** Streams the job whenever it has changed, up to its end or the server's. */
    @GetMapping(
            path = "/admin/adapter-jobs/{id}/events",
            produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<?>> events(@PathVariable String id, ServerHttpRequest call) {
        var job = find(id, call);
        return Revocation.watch(
                stop.end(events(job, access(call))).map(event -> (ServerSentEvent<?>) event),
                access(call),
                error -> ServerSentEvent.builder(error).event("error").build());
    }

    private Flux<ServerSentEvent<Acquisition>> events(AcquisitionJob job, Access access) {
        var changes =
                Flux.interval(Duration.ZERO, TICK)
                        .onBackpressureDrop()
                        .map(_ -> job.report())
                        .distinctUntilChanged()
                        .takeUntil(report -> report.state().isEnded())
                        .map(report -> event(report, access));
        return changes.publish(shared ->
                Flux.merge(
                        shared,
                        Flux.interval(settings.ping())
                                .onBackpressureDrop()
                                .map(_ -> AcquisitionJobsController.ping())
                                .takeUntilOther(shared.ignoreElements())));
    }

    private static ServerSentEvent<Acquisition> event(Acquisition report, Access access) {
        return ServerSentEvent.builder(AcquisitionCommands.seen(access, report)).build();
    }

    private static ServerSentEvent<Acquisition> ping() {
        return ServerSentEvent.<Acquisition>builder().comment("ping").build();
    }

    /** Cancels a job, and answers what it is then. */
    @DeleteMapping("/admin/adapter-jobs/{id}")
    Mono<Acquisition> cancel(@PathVariable String id, ServerHttpRequest call) {
        return Mono.fromCallable(() ->
                AcquisitionCommands.seen(
                        access(call), commands.cancel(RequestCaller.of(call), id).report()));
    }

    private static Access access(ServerHttpRequest call) {
        return RequestCaller.access(call);
    }

    private AcquisitionJob find(String id, ServerHttpRequest call) {
        return commands.find(access(call), id);
    }
}
