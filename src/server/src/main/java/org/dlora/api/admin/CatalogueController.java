package org.dlora.api.admin;

import java.util.List;
import java.util.Set;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.BodyReader;
import org.dlora.api.openai.Caller;
import org.dlora.api.openai.Precondition;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.api.pools.WorkPools;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Endpoints of one adapter: what the catalogue says of it, its versions and its aliases. Names may
 * hold slashes; an adapter of exactly that name comes before a part of another.
 */
@RestController
final class CatalogueController {
    private final Serving serving;
    private final WorkPools pools;
    private final BodyReader bodyReader;
    private final AdapterBodies bodies;
    private final AdapterChanges changes;

    CatalogueController(
            Serving serving,
            WorkPools pools,
            BodyReader bodyReader,
            AdapterBodies bodies,
            AdapterChanges changes) {
        this.changes = changes;
        this.serving = serving;
        this.pools = pools;
        this.bodyReader = bodyReader;
        this.bodies = bodies;
    }

    /** Versions by number. */
    record Versions(List<VersionBody> versions) {}

    /** Aliases by name. */
    record Aliases(List<AliasBody> aliases) {}

    @GetMapping("/admin/adapters/{*path}")
    Mono<Object> read(
            @PathVariable String path, ServerHttpRequest call, ServerHttpResponse answer) {
        var served = serving.require(call);
        return CatalogueCall.of(
                pools,
                () -> {
                    var service = CatalogueCall.service(served);
                    var at = AdapterPath.of(path);
                    var whole = path.substring(1);
                    if (at.isAdapter() || service.find(whole).isPresent()) {
                        var body = bodies.one(served, whole);
                        new CatalogueTags(AdapterPath.adapter(whole), served).on(answer);
                        return body;
                    }
                    served.requireVisible(at.name());
                    new CatalogueTags(at, served).on(answer);
                    var entry =
                            service.find(at.name())
                                    .orElseThrow(() -> new NoSuchAdapterException(at.name()));
                    if (at.isGate()) {
                        if (!served.access().mayInspect(entry.name())) {
                            served.access().requireChange(entry.name());
                        }
                        return gate(entry);
                    }
                    return at.item().isEmpty() ? list(at, entry, served) : item(at, entry, served);
                });
    }

    private static GateBody gate(CatalogueEntry entry) {
        return entry.record()
                .gate()
                .gate()
                .map(GateBody::of)
                .orElseThrow(() -> NoSuchAdapterException.gate(entry.name()));
    }

    private static Object list(AdapterPath at, CatalogueEntry entry, Served served) {
        return at.isVersions()
                ? new Versions(VersionBody.all(entry, served))
                : new Aliases(AliasBody.all(entry, served));
    }

    static Object item(AdapterPath at, CatalogueEntry entry, Served served) {
        if (at.isVersions()) {
            return entry.record()
                    .version(at.version())
                    .map(version -> VersionBody.of(entry, version, served))
                    .orElseThrow(() -> NoSuchAdapterException.version(at.name(), "@" + at.item()));
        }
        return AliasBody.all(entry, served).stream()
                .filter(alias -> alias.alias().equals(at.item()))
                .findFirst()
                .orElseThrow(() -> NoSuchAdapterException.version(at.name(), "@" + at.item()));
    }

    @PutMapping(path = "/admin/adapters/{*path}", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Object> change(
            @PathVariable String path,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        var at = AdapterPath.of(path);
        var condition = Precondition.of(request);
        return bodyReader.read(
                body,
                (json, served) -> {
                    var tags = new CatalogueTags(at, served);
                    var entry =
                            condition.call(
                                    tags.found(),
                                    () -> changes.change(served, Caller.of(request), at, json));
                    tags.on(response);
                    return CatalogueCall.now(() -> answer(at, entry, served));
                });
    }

    private Object answer(AdapterPath at, CatalogueEntry entry, Served served) {
        if (at.isAdapter()) {
            return bodies.one(served, at.name());
        }
        return at.isGate() ? gate(entry) : item(at, entry, served);
    }

    /**
     * Deletes an adapter, a version or an alias. The adapter's deletion is answered once its
     * requests have ended, or at once with {@code wait=false}.
     */
    @DeleteMapping("/admin/adapters/{*path}")
    Mono<ResponseEntity<Void>> delete(
            @PathVariable String path,
            @RequestParam MultiValueMap<String, String> query,
            ServerHttpRequest request) {
        var served = serving.require(request);
        var _ = CatalogueCall.service(served);
        var at = AdapterPath.of(path);
        var condition = Precondition.of(request);
        var tags = new CatalogueTags(at, served);
        boolean isForced = flag(query, "force", false);
        boolean isAwaited = flag(query, "wait", true);
        return CatalogueCall.begin(
                        pools,
                        () ->
                                condition.call(
                                        tags.found(),
                                        () ->
                                                changes.delete(
                                                        served, Caller.of(request), at, isForced)),
                        isAwaited)
                .thenReturn(ResponseEntity.noContent().build());
    }

    private static boolean flag(MultiValueMap<String, String> query, String name, boolean usual) {
        for (var given : query.keySet()) {
            if (!Set.of("force", "wait").contains(given)) {
                throw ApiException.unknown(given, Set.of("force", "wait"));
            }
        }
        var value = query.getFirst(name);
        if (value == null) {
            return usual;
        }
        if (!value.equals("true") && !value.equals("false")) {
            throw ApiException.wrong(name, "true or false", value);
        }
        return value.equals("true");
    }
}
