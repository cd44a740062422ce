package org.dlora.api.admin.adapters;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Precondition;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AdapterCommands;
import org.dlora.operate.adapters.CatalogueRefusals;
import org.dlora.security.Access;
import org.springframework.http.HttpStatus;
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
import tools.jackson.databind.node.ObjectNode;

/**
 * Endpoints of one adapter: what the catalogue says of it, its versions and its aliases. Names may
 * hold slashes; an adapter of exactly that name comes before a part of another.
 */
@RestController
public final class CatalogueController {
    private final Administration administration;
    private final WorkPools pools;
    private final BodyReader bodyReader;
    private final AdapterBodies bodies;
    private final AdapterCommands commands;

    CatalogueController(
            Administration administration,
            WorkPools pools,
            BodyReader bodyReader,
            AdapterBodies bodies,
            AdapterCommands commands) {
        this.commands = commands;
        this.administration = administration;
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
        var caller = RequestCaller.of(call);
        return CatalogueCall.of(
                pools,
                () -> {
                    var service = administration.catalogue();
                    var at = AdapterPath.of(path);
                    var whole = path.substring(1);
                    if (at.isAdapter() || service.find(whole).isPresent()) {
                        var body = bodies.one(caller.access(), whole);
                        tags(AdapterPath.adapter(whole), caller).on(answer);
                        return body;
                    }
                    caller.requireVisible(at.name());
                    tags(at, caller).on(answer);
                    var entry =
                            service.find(at.name())
                                    .orElseThrow(() -> new NoSuchAdapterException(at.name()));
                    if (at.isGate()) {
                        if (!caller.access().mayInspect(entry.name())) {
                            caller.access().requireChange(entry.name());
                        }
                        return gate(entry);
                    }
                    return at.item().isEmpty()
                            ? list(at, entry, caller.access())
                            : bodies.item(at, entry, caller.access());
                });
    }

    private CatalogueTags tags(AdapterPath at, Caller caller) {
        return new CatalogueTags(at, administration, bodies, caller.access());
    }

    private static GateBody gate(CatalogueEntry entry) {
        return entry.record()
                .gate()
                .gate()
                .map(GateBody::of)
                .orElseThrow(() -> NoSuchAdapterException.gate(entry.name()));
    }

    private Object list(AdapterPath at, CatalogueEntry entry, Access access) {
        return at.isVersions()
                ? new Versions(bodies.versions(entry, access))
                : new Aliases(bodies.aliases(entry, access));
    }

    @PutMapping(path = "/admin/adapters/{*path}", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Object> change(
            @PathVariable String path,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        var at = AdapterPath.of(path);
        var caller = RequestCaller.of(request);
        var condition = Precondition.of(request);
        return bodyReader.read(
                body,
                (json, _) -> {
                    var tags = tags(at, caller);
                    var entry = condition.call(tags.found(), () -> changed(caller, at, json));
                    tags.on(response);
                    return CatalogueRefusals.translated(() -> answer(at, entry, caller.access()));
                });
    }

    private CatalogueEntry changed(Caller caller, AdapterPath at, ObjectNode json) {
        var name = at.name();
        commands.requireChange(caller, name);
        if (at.isAdapter()) {
            return commands.update(caller, name, AdapterUpdateReader.read(json));
        }
        if (at.isGate()) {
            int vocabulary = administration.models().vocabSize();
            return commands.setGate(caller, name, GateBody.read(json, vocabulary));
        }
        if (at.isVersions()) {
            throw ApiException.of(
                    HttpStatus.METHOD_NOT_ALLOWED,
                    "Versions do not change; POST /admin/adapters/NAME/versions adds one.");
        }
        var wanted = AliasBody.read(json);
        return commands.route(caller, name, at.item(), wanted.route(), wanted.shadow());
    }

    private CompletableFuture<Void> deleted(Caller caller, AdapterPath at, boolean isForced) {
        var name = at.name();
        if (at.isAdapter()) {
            return commands.delete(caller, name, isForced);
        }
        commands.requireChange(caller, name);
        var _ =
                switch (at.part()) {
                    case "versions" -> commands.retire(caller, name, at.version());
                    case "gate" -> commands.removeGate(caller, name);
                    default -> commands.removeAlias(caller, name, at.item());
                };
        return CompletableFuture.completedFuture(null);
    }

    private Object answer(AdapterPath at, CatalogueEntry entry, Access access) {
        if (at.isAdapter()) {
            return bodies.one(access, at.name());
        }
        return at.isGate() ? gate(entry) : bodies.item(at, entry, access);
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
        var _ = administration.catalogue();
        var caller = RequestCaller.of(request);
        var at = AdapterPath.of(path);
        var condition = Precondition.of(request);
        var tags = tags(at, caller);
        boolean isForced = flag(query, "force", false);
        boolean isAwaited = flag(query, "wait", true);
        return CatalogueCall.begin(
                        pools,
                        () -> condition.call(tags.found(), () -> deleted(caller, at, isForced)),
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
