package org.dlora.api.admin;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Caller;
import org.dlora.api.openai.HttpSettings;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.adapters.AdapterReport;
import org.dlora.cluster.adapters.BrokenAdapter;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Endpoints of the adapters' residency: where each adapter is, what was decided on each memory, and
 * what an operator can do about it. Names of adapters may hold slashes.
 */
@RestController
final class ResidencyController {
    private static final Logger log = LoggerFactory.getLogger(ResidencyController.class);

    private final Serving serving;
    private final HttpSettings settings;
    private final ClusterEvents events;

    ResidencyController(Serving serving, HttpSettings settings, ClusterEvents events) {
        this.serving = serving;
        this.settings = settings;
        this.events = events;
    }

    /**
     * All adapters.
     *
     * @param adapters served ones, in the order of {@code /v1/models}
     * @param broken those that are not served because of their files
     */
    record Adapters(List<ResidentBody> adapters, List<BrokenBody> broken) {}

    /** Adapter memories in configured order. */
    record Memories(List<MemoryReportBody> memories) {}

    /** An adapter that is not served because of its files. */
    record BrokenBody(String name, String folder, String problem, Instant found) {
        static BrokenBody of(BrokenAdapter broken) {
            return new BrokenBody(
                    broken.name(), path(broken.folder()), broken.problem(), broken.found());
        }

        private static String path(Path folder) {
            return folder.toString();
        }
    }

    @GetMapping("/admin/adapters")
    Mono<Adapters> adapters() {
        return Mono.just(all(serving.require()));
    }

    @GetMapping("/admin/residency")
    Mono<Memories> memories() {
        var reports = service(serving.require()).memories();
        return Mono.just(new Memories(reports.stream().map(MemoryReportBody::of).toList()));
    }

    /** Does {@code pin}, {@code unpin}, {@code load} or {@code evict} to an adapter. */
    @PostMapping("/admin/adapters/{*path}")
    Mono<ResidentBody> change(@PathVariable String path, ServerHttpRequest call) {
        int slash = path.lastIndexOf('/');
        var name = slash > 0 ? path.substring(1, slash) : "";
        var action = path.substring(slash + 1);
        var served = serving.require();
        var service = service(served);
        return Mono.fromFuture(
                        () -> {
                            var before = state(served, name);
                            var done = begun(service, name, action);
                            events.done(
                                    Caller.of(call),
                                    "adapter." + action,
                                    name,
                                    before,
                                    state(served, name));
                            return done;
                        })
                .onErrorMap(
                        IllegalStateException.class,
                        e -> ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, message(e)))
                .then(Mono.fromCallable(() -> one(served, name)));
    }

    private static CompletableFuture<Void> begun(
            ResidencyService service, String name, String action) {
        try {
            var done =
                    switch (action) {
                        case "pin" -> pin(service, name, true);
                        case "unpin" -> pin(service, name, false);
                        case "load" -> service.load(name);
                        case "evict" -> {
                            // Not awaited: requests that run with it may take long.
                            var _ = service.evict(name);
                            yield CompletableFuture.<Void>completedFuture(null);
                        }
                        default ->
                                throw ApiException.of(
                                        HttpStatus.NOT_FOUND,
                                        "'%s' is not done to adapters; POST /admin/adapters/NAME/ and pin, unpin, load or evict."
                                                .formatted(StringUtils.truncate(action)));
                    };
            log.info("Adapter {}: {} by an administrator", StringUtils.truncate(name), action);
            return done;
        } catch (NoSuchAdapterException _) {
            throw ApiException.noSuchAdapter(
                    "No adapter is served as '%s'; GET /admin/adapters lists them."
                            .formatted(StringUtils.truncate(name)));
        } catch (IllegalStateException e) {
            throw ApiException.of(HttpStatus.CONFLICT, message(e));
        }
    }

    private static CompletableFuture<Void> pin(
            ResidencyService service, String name, boolean pinned) {
        service.pin(name, pinned);
        return CompletableFuture.completedFuture(null);
    }

    private static String message(Exception e) {
        return e.getMessage() + ".";
    }

    /** Returns the adapter's state for the audit; null if there is no such adapter. */
    private @Nullable Map<String, ?> state(Served served, String name) {
        return service(served).reports().stream()
                .filter(report -> report.adapter().name().equals(name))
                .findFirst()
                .map(report ->
                        Map.of(
                                "pinned",
                                report.memories().stream().anyMatch(at -> at.status().pinned()),
                                "resident_in",
                                report.memories().stream()
                                        .filter(at -> at.status().residence() == Residence.RESIDENT)
                                        .map(AdapterReport.InMemory::memory)
                                        .toList()))
                .orElse(null);
    }

    private ResidentBody one(Served served, String name) {
        return all(served).adapters().stream()
                .filter(adapter -> adapter.judged().name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        ApiException.noSuchAdapter(
                                "No adapter is served as '%s' any more."
                                        .formatted(StringUtils.truncate(name))));
    }

    private Adapters all(Served served) {
        var service = service(served);
        var verdicts =
                SchedulingController.service(served).adapters().stream()
                        .collect(Collectors.toMap(one -> one.adapter().id(), one -> one));
        var now = settings.clock().instant();
        return new Adapters(
                service.reports().stream()
                        .flatMap(report ->
                                Stream.ofNullable(verdicts.get(report.adapter().id()))
                                        .map(judged -> ResidentBody.of(report, judged, now)))
                        .toList(),
                service.broken().stream().map(BrokenBody::of).toList());
    }

    private static ResidencyService service(Served served) {
        return served.residency().orElseThrow(SchedulingController::forbidden);
    }
}
