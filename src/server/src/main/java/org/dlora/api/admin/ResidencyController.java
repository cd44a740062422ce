package org.dlora.api.admin;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.BodyReader;
import org.dlora.api.openai.Caller;
import org.dlora.api.openai.Precondition;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.api.pools.WorkPools;
import org.dlora.cluster.adapters.BrokenAdapter;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.cluster.catalogue.AliasRecord;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Endpoints of the adapters' residency: where each adapter is, what was decided on each memory, and
 * what an operator can do about it. Names of adapters may hold slashes.
 */
@RestController
final class ResidencyController {
    private final Serving serving;
    private final WorkPools pools;
    private final BodyReader bodyReader;
    private final AdapterBodies bodies;
    private final AdapterChanges changes;
    private final ResidencyChanges residency;

    ResidencyController(
            Serving serving,
            WorkPools pools,
            BodyReader bodyReader,
            AdapterBodies bodies,
            AdapterChanges changes,
            ResidencyChanges residency) {
        this.serving = serving;
        this.pools = pools;
        this.bodyReader = bodyReader;
        this.bodies = bodies;
        this.changes = changes;
        this.residency = residency;
    }

    /**
     * Answer with the adapters.
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
            ServerHttpRequest call,
            ServerHttpResponse answer) {
        int slash = path.lastIndexOf('/');
        var name = slash > 0 ? path.substring(1, slash) : "";
        var action = path.substring(slash + 1);
        return switch (action) {
            case "versions" ->
                    catalogue(
                            body,
                            answer,
                            (json, served) -> {
                                int number =
                                        changes.addVersion(served, Caller.of(call), name, json);
                                return new AdapterPath(name, "versions", String.valueOf(number));
                            });
            case "rollback" ->
                    catalogue(
                            body,
                            answer,
                            (json, served) ->
                                    rollBack(served, Precondition.of(call), call, name, json));
            case "gate" -> {
                var at = AdapterPath.of("/" + name);
                yield at.isVersions() && !at.item().isEmpty()
                        ? catalogue(
                                body,
                                answer,
                                (json, served) -> {
                                    var _ = changes.judge(served, Caller.of(call), at, json);
                                    return at;
                                })
                        : Mono.error(
                                ApiException.of(
                                        HttpStatus.NOT_FOUND,
                                        "A gate is run with a version: POST /admin/adapters/NAME/versions/NUMBER/gate."));
            }
            default ->
                    bodyReader.readNone(body).flatMap(served -> reside(served, name, action, call));
        };
    }

    private AdapterPath rollBack(
            Served served,
            Precondition condition,
            ServerHttpRequest call,
            String name,
            ObjectNode json) {
        var at = AdapterPath.alias(name, json.path("alias").stringValue(AliasRecord.DEFAULT));
        return condition.call(
                new CatalogueTags(at, served).found(),
                () -> changes.rollBack(served, Caller.of(call), name, json));
    }

    /** Makes a change, and answers the version or alias that it was made to. */
    private Mono<Object> catalogue(
            Mono<byte[]> body,
            ServerHttpResponse answer,
            BiFunction<ObjectNode, Served, AdapterPath> change) {
        return bodyReader.readIfGiven(
                body,
                (json, served) -> {
                    var at = change.apply(json, served);
                    new CatalogueTags(at, served).on(answer);
                    return CatalogueCall.now(() ->
                            CatalogueController.item(
                                    at,
                                    CatalogueCall.service(served)
                                            .find(at.name())
                                            .orElseThrow(
                                                    () -> new NoSuchAdapterException(at.name())),
                                    served));
                });
    }

    private Mono<Object> reside(Served served, String name, String action, ServerHttpRequest call) {
        // Pins are written to the catalogue's store, for which an event loop must not wait.
        return pools.catalogue()
                .run(() -> residency.change(served, Caller.of(call), name, action))
                .flatMap(Mono::fromFuture)
                .onErrorMap(
                        IllegalStateException.class,
                        e -> ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, e.getMessage() + "."))
                .then(Mono.fromCallable(() -> bodies.one(served, name)));
    }

    static ResidencyService service(Served served) {
        return served.residency().orElseThrow(ClosedAdministration::refusal);
    }
}
