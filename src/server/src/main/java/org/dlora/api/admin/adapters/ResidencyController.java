package org.dlora.api.admin.adapters;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.Precondition;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.served.BrokenAdapter;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AdapterCommands;
import org.dlora.operate.adapters.CatalogueRefusals;
import org.dlora.operate.adapters.ResidencyCommands;
import org.dlora.operate.adapters.ResidencyCommands.Action;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.util.StringUtils;
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
public final class ResidencyController {
    private final Administration administration;
    private final WorkPools pools;
    private final BodyReader bodyReader;
    private final AdapterBodies bodies;
    private final AdapterCommands commands;
    private final ResidencyCommands residency;

    ResidencyController(
            Administration administration,
            WorkPools pools,
            BodyReader bodyReader,
            AdapterBodies bodies,
            AdapterCommands commands,
            ResidencyCommands residency) {
        this.administration = administration;
        this.pools = pools;
        this.bodyReader = bodyReader;
        this.bodies = bodies;
        this.commands = commands;
        this.residency = residency;
    }

    /**
     * Answer with the adapters.
     *
     * @param adapters served ones of the page, in the order of {@code /v1/models} unless sorted
     * @param total served ones that the filter takes
     * @param broken adapters that are not served because of their files
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
        var access = RequestCaller.access(call);
        var filtered = query.filtered(bodies.all(access));
        return Mono.just(
                new Adapters(
                        query.page(filtered).toList(),
                        filtered.size(),
                        administration.residency().broken().stream()
                                .filter(broken -> access.mayUse(broken.name()))
                                .map(BrokenBody::of)
                                .toList()));
    }

    @GetMapping("/admin/residency")
    Mono<Memories> memories() {
        var reports = administration.residency().memories();
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
                            call,
                            answer,
                            json -> addVersion(RequestCaller.of(call), name, json));
            case "rollback" ->
                    catalogue(
                            body,
                            call,
                            answer,
                            json -> rollBack(Precondition.of(call), call, name, json));
            case "gate" -> {
                var at = AdapterPath.of("/" + name);
                yield at.isVersions() && !at.item().isEmpty()
                        ? catalogue(
                                body, call, answer, json -> judge(RequestCaller.of(call), at, json))
                        : Mono.error(
                                ApiException.of(
                                        HttpStatus.NOT_FOUND,
                                        "A gate is run with a version: POST /admin/adapters/NAME/versions/NUMBER/gate."));
            }
            default -> bodyReader.readNone(body).flatMap(_ -> reside(name, action, call));
        };
    }

    private AdapterPath rollBack(
            Precondition condition, ServerHttpRequest call, String name, ObjectNode json) {
        var at = AdapterPath.alias(name, json.path("alias").stringValue(AliasRecord.DEFAULT));
        return condition.call(
                new CatalogueTags(at, administration, bodies, RequestCaller.access(call)).found(),
                () -> rollBack(RequestCaller.of(call), name, json));
    }

    /** Reads {@code {"alias": NAME, "from": ROUTE}}, both of which may be left out. */
    private AdapterPath rollBack(Caller caller, String name, ObjectNode json) {
        commands.requireChange(caller, name);
        var fields = Fields.of(json);
        var alias = fields.text("alias").orElse(AliasRecord.DEFAULT);
        var from = fields.object("from").map(AliasBody::readRoute);
        fields.end();
        var _ = commands.rollBack(caller, name, alias, from);
        return AdapterPath.alias(name, alias);
    }

    /** Reads {@code {"path": FOLDER, "activate": true}}. */
    private AdapterPath addVersion(Caller caller, String name, ObjectNode json) {
        commands.requireChange(caller, name);
        var fields = Fields.of(json);
        var folder =
                Fields.text(
                        "path", fields.required("path", "a folder below one of the adapter roots"));
        boolean isActivated = fields.flag("activate", true);
        fields.end();
        return AdapterPath.version(name, commands.addVersion(caller, name, folder, isActivated));
    }

    private AdapterPath judge(Caller caller, AdapterPath at, ObjectNode json) {
        commands.requireChange(caller, at.name());
        Fields.of(json).end();
        var _ = commands.judge(caller, at.name(), at.version());
        return at;
    }

    /** Makes a change, and answers the version or alias that it was made to. */
    private Mono<Object> catalogue(
            Mono<byte[]> body,
            ServerHttpRequest call,
            ServerHttpResponse answer,
            Function<ObjectNode, AdapterPath> change) {
        return bodyReader.readIfGiven(
                body,
                (json, _) -> {
                    var at = change.apply(json);
                    new CatalogueTags(at, administration, bodies, RequestCaller.access(call))
                            .on(answer);
                    return CatalogueRefusals.translated(() ->
                            bodies.item(
                                    at,
                                    administration
                                            .catalogue()
                                            .find(at.name())
                                            .orElseThrow(
                                                    () -> new NoSuchAdapterException(at.name())),
                                    RequestCaller.access(call)));
                });
    }

    private Mono<Object> reside(String name, String word, ServerHttpRequest call) {
        var _ = administration.residency();
        var action =
                Action.of(word)
                        .orElseThrow(() ->
                                ApiException.of(
                                        HttpStatus.NOT_FOUND,
                                        "'%s' is not done to adapters; POST /admin/adapters/NAME/ and pin, unpin, load, evict, versions, versions/NUMBER/gate or rollback."
                                                .formatted(StringUtils.truncate(word))));
        // Pins are written to the catalogue's store, for which an event loop must not wait.
        return pools.catalogue()
                .run(() -> residency.change(RequestCaller.of(call), name, action))
                .flatMap(Mono::fromFuture)
                .onErrorMap(
                        IllegalStateException.class,
                        e -> ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, e.getMessage() + "."))
                .then(Mono.fromCallable(() -> bodies.one(RequestCaller.access(call), name)));
    }
}
