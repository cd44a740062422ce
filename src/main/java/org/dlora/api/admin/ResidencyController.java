package org.dlora.api.admin;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.BodyReader;
import org.dlora.api.openai.Caller;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.adapters.AdapterReport;
import org.dlora.cluster.adapters.BrokenAdapter;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.cluster.catalogue.CatalogueUnavailableException;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.node.ObjectNode;

/**
 * Endpoints of the adapters' residency: where each adapter is, what was decided on each memory, and
 * what an operator can do about it. Names of adapters may hold slashes.
 */
@RestController
final class ResidencyController {
    private static final Logger log = LoggerFactory.getLogger(ResidencyController.class);

    private final Serving serving;
    private final BodyReader bodyReader;
    private final AdapterBodies bodies;
    private final ClusterEvents events;
    private final CatalogueAudit audit;

    ResidencyController(
            Serving serving, BodyReader bodyReader, AdapterBodies bodies, ClusterEvents events) {
        this.serving = serving;
        this.bodyReader = bodyReader;
        this.bodies = bodies;
        this.events = events;
        audit = new CatalogueAudit(events);
    }

    /**
     * All adapters.
     *
     * @param adapters served ones of the page, in the order of {@code /v1/models} unless sorted
     * @param total served ones that the filter takes
     * @param broken those that are not served because of their files
     */
    record Adapters(List<ResidentBody> adapters, int total, List<BrokenBody> broken) {}

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
    Mono<Adapters> adapters(
            @RequestParam MultiValueMap<String, String> parameters, ServerHttpRequest call) {
        var query = AdapterQuery.read(parameters);
        var served = serving.require(call);
        var filtered = query.filtered(bodies.all(served));
        return Mono.just(
                new Adapters(
                        query.page(filtered).toList(),
                        filtered.size(),
                        service(served).broken().stream()
                                .filter(broken -> served.access().mayUse(broken.name()))
                                .map(BrokenBody::of)
                                .toList()));
    }

    @GetMapping("/admin/residency")
    Mono<Memories> memories() {
        var reports = service(serving.require()).memories();
        return Mono.just(new Memories(reports.stream().map(MemoryReportBody::of).toList()));
    }

    /**
     * Does {@code pin}, {@code unpin}, {@code load} or {@code evict} to an adapter, adds a version
     * ({@code versions}), runs the gate with one ({@code versions/4/gate}) or rolls an alias back
     * ({@code rollback}).
     */
    @PostMapping("/admin/adapters/{*path}")
    Mono<Object> change(
            @PathVariable String path,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call) {
        int slash = path.lastIndexOf('/');
        var name = slash > 0 ? path.substring(1, slash) : "";
        var action = path.substring(slash + 1);
        return switch (action) {
            case "versions" ->
                    catalogue(
                            body,
                            name,
                            call,
                            "adapter.add_version",
                            CatalogueController::addVersion);
            case "rollback" ->
                    catalogue(body, name, call, "adapter.roll_back", CatalogueController::rollBack);
            case "gate" -> {
                var at = AdapterPath.of("/" + name);
                yield at.isVersions() && !at.item().isEmpty()
                        ? catalogue(
                                body,
                                at.name(),
                                call,
                                "adapter.gate",
                                (_, json, served) -> CatalogueController.judge(at, json, served))
                        : Mono.error(
                                ApiException.of(
                                        HttpStatus.NOT_FOUND,
                                        "A gate is run with a version: POST /admin/adapters/NAME/versions/NUMBER/gate."));
            }
            default ->
                    bodyReader.readNone(body).flatMap(served -> reside(served, name, action, call));
        };
    }

    private interface Change {
        Object of(String name, ObjectNode json, Served served);
    }

    private Mono<Object> catalogue(
            Mono<byte[]> body, String name, ServerHttpRequest call, String action, Change change) {
        return bodyReader.readIfGiven(
                body,
                (json, served) ->
                        CatalogueCall.now(() -> {
                            served.requireChange(name);
                            var answer =
                                    audit.reported(
                                            Caller.of(call),
                                            action,
                                            name,
                                            served,
                                            () -> change.of(name, json, served));
                            log.info(
                                    "Adapter {}: {} by {}: {}",
                                    StringUtils.truncate(name),
                                    action,
                                    Caller.of(call),
                                    StringUtils.truncate(json.toString(), 500));
                            return answer;
                        }));
    }

    private Mono<Object> reside(Served served, String name, String action, ServerHttpRequest call) {
        // Pins are written to the catalogue's store, for which an event loop must not wait.
        return Mono.fromFuture(
                        () -> {
                            var before = state(served, name);
                            var done = begun(served, name, action, Caller.of(call));
                            events.done(
                                    Caller.of(call),
                                    "adapter." + action,
                                    name,
                                    before,
                                    state(served, name));
                            return done;
                        })
                .subscribeOn(Schedulers.boundedElastic())
                .onErrorMap(
                        IllegalStateException.class,
                        e -> ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, message(e)))
                .then(Mono.fromCallable(() -> bodies.one(served, name)));
    }

    private static CompletableFuture<Void> begun(
            Served served, String name, String action, String caller) {
        var service = service(served);
        try {
            served.requireChange(name);
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
                                        "'%s' is not done to adapters; POST /admin/adapters/NAME/ and pin, unpin, load, evict, versions, versions/NUMBER/gate or rollback."
                                                .formatted(StringUtils.truncate(action)));
                    };
            log.info("Adapter {}: {} by {}", StringUtils.truncate(name), action, caller);
            return done;
        } catch (NoSuchAdapterException _) {
            throw ApiException.noSuchAdapter(
                    null,
                    "No adapter is served as '%s'; GET /admin/adapters lists them."
                            .formatted(StringUtils.truncate(name)));
        } catch (CatalogueUnavailableException e) {
            throw ApiException.storeUnavailable(message(e));
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

    static ResidencyService service(Served served) {
        return served.residency().orElseThrow(SchedulingController::forbidden);
    }
}
