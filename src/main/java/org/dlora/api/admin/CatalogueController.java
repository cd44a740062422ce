package org.dlora.api.admin;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.BodyReader;
import org.dlora.api.openai.Caller;
import org.dlora.api.openai.Fields;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.adapters.CatalogueService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.catalogue.AliasRecord;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.replica.SchedulingSettings;
import org.dlora.security.AccessRefusedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.util.StringUtils;
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
final class CatalogueController {
    private static final Logger log = LoggerFactory.getLogger(CatalogueController.class);

    private final Serving serving;
    private final BodyReader bodyReader;
    private final AdapterBodies bodies;
    private final CatalogueAudit audit;

    CatalogueController(
            Serving serving, BodyReader bodyReader, AdapterBodies bodies, ClusterEvents events) {
        audit = new CatalogueAudit(events);
        this.serving = serving;
        this.bodyReader = bodyReader;
        this.bodies = bodies;
    }

    /** Versions by number. */
    record Versions(List<VersionBody> versions) {}

    /** Aliases by name. */
    record Aliases(List<AliasBody> aliases) {}

    @GetMapping("/admin/adapters/{*path}")
    Mono<Object> read(@PathVariable String path, ServerHttpRequest call) {
        var served = serving.require(call);
        return CatalogueCall.of(() -> {
            var service = CatalogueCall.service(served);
            var at = AdapterPath.of(path);
            var whole = path.substring(1);
            if (at.isAdapter() || service.find(whole).isPresent()) {
                return bodies.one(served, whole);
            }
            served.requireVisible(at.name());
            var entry =
                    service.find(at.name())
                            .orElseThrow(() -> new NoSuchAdapterException(at.name()));
            if (at.isGate()) {
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
                : new Aliases(AliasBody.all(entry, CatalogueCall.service(served)));
    }

    private static Object item(AdapterPath at, CatalogueEntry entry, Served served) {
        if (at.isVersions()) {
            return entry.record()
                    .version(at.version())
                    .map(version -> VersionBody.of(entry, version, served))
                    .orElseThrow(() -> NoSuchAdapterException.version(at.name(), "@" + at.item()));
        }
        return AliasBody.all(entry, CatalogueCall.service(served)).stream()
                .filter(alias -> alias.alias().equals(at.item()))
                .findFirst()
                .orElseThrow(() -> NoSuchAdapterException.version(at.name(), "@" + at.item()));
    }

    @PutMapping(path = "/admin/adapters/{*path}", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Object> change(
            @PathVariable String path,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest request) {
        var at = AdapterPath.of(path);
        return bodyReader.read(
                body,
                (json, served) ->
                        CatalogueCall.now(() -> {
                            served.requireChange(at.name());
                            var caller = Caller.of(request);
                            var answer =
                                    audit.reported(
                                            caller,
                                            action(at),
                                            at.name(),
                                            served,
                                            () -> changed(at, json, served));
                            log.info(
                                    "Adapter {} changed by {}: {}",
                                    StringUtils.truncate(at.name()),
                                    caller,
                                    StringUtils.truncate(json.toString(), 500));
                            return answer;
                        }));
    }

    private static String action(AdapterPath at) {
        if (at.isAdapter()) {
            return "adapter.update";
        }
        return at.isGate() ? "adapter.set_gate" : "adapter.route";
    }

    private Object changed(AdapterPath at, ObjectNode json, Served served) {
        if (at.isAdapter()) {
            return update(at.name(), json, served);
        }
        return at.isGate() ? setGate(at.name(), json, served) : route(at, json, served);
    }

    private static GateBody setGate(String name, ObjectNode json, Served served) {
        var drafts = GateBody.read(json, served.models().base().spec().vocabSize());
        try {
            return gate(CatalogueCall.service(served).setGate(name, drafts));
        } catch (NoSuchAdapterException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("prompts", e.getMessage() + ".");
        }
    }

    private Object update(String name, ObjectNode json, Served served) {
        var update = AdapterUpdate.read(json);
        if (update.share().isPresent() && served.access().isLimited()) {
            throw AccessRefusedException.forbidden(
                    "'share' is service that other teams lose; only keys without a team and for all adapters may change it.");
        }
        var service = CatalogueCall.service(served);
        var _ = service.update(name, update.details(), update.defaults());
        update.pinned().ifPresent(pinned -> ResidencyController.service(served).pin(name, pinned));
        update.share()
                .ifPresent(share ->
                        SchedulingController.service(served)
                                .schedule(before -> shared(before, name, share))
                                .join());
        return bodies.one(served, name);
    }

    private static SchedulingSettings shared(SchedulingSettings before, String name, double share) {
        return new SchedulingSettings(
                before.policy(),
                before.slo(),
                before.merge(),
                before.weights().with(Map.of(name, share)));
    }

    private static Object route(AdapterPath at, ObjectNode json, Served served) {
        if (!at.part().equals("aliases")) {
            throw ApiException.of(
                    HttpStatus.METHOD_NOT_ALLOWED,
                    "Versions do not change; POST /admin/adapters/NAME/versions adds one.");
        }
        if (!at.item().isEmpty() && !AliasRecord.isName(at.item())) {
            throw ApiException.invalid(
                    "alias",
                    "'%s' cannot be an alias; expected a letter and up to 63 letters, digits, '.', '_' or '-'."
                            .formatted(StringUtils.truncate(at.item())));
        }
        var wanted = AliasBody.read(json);
        var entry =
                CatalogueCall.service(served)
                        .route(at.name(), at.item(), wanted.route(), wanted.shadow());
        var named = new AdapterPath(at.name(), "aliases", at.item());
        return item(named, entry, served);
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
        var service = CatalogueCall.service(served);
        var at = AdapterPath.of(path);
        boolean isForced = flag(query, "force", false);
        boolean isAwaited = flag(query, "wait", true);
        return CatalogueCall.begin(
                        () ->
                                audit.reported(
                                        Caller.of(request),
                                        "adapter.delete" + (at.isAdapter() ? "" : "_" + at.part()),
                                        at.name(),
                                        served,
                                        () -> {
                                            served.requireChange(at.name());
                                            return deleted(service, at, isForced);
                                        }),
                        isAwaited)
                .thenReturn(ResponseEntity.noContent().build());
    }

    private static CompletableFuture<Void> deleted(
            CatalogueService service, AdapterPath at, boolean isForced) {
        if (at.isAdapter()) {
            return service.delete(at.name(), isForced);
        }
        var _ =
                switch (at.part()) {
                    case "versions" -> service.retire(at.name(), at.version());
                    case "gate" -> service.removeGate(at.name());
                    default -> service.removeAlias(at.name(), at.item());
                };
        return CompletableFuture.completedFuture(null);
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
            throw ApiException.invalid(
                    name,
                    "'%s' must be true or false, but is '%s'."
                            .formatted(name, StringUtils.truncate(value)));
        }
        return value.equals("true");
    }

    /** Adds a version: {@code {"path": FOLDER, "activate": true}}. */
    static Object addVersion(String name, ObjectNode json, Served served) {
        var fields = Fields.of(json);
        var path =
                Fields.text(
                        "path", fields.required("path", "a folder below one of the adapter roots"));
        boolean isActivated = fields.flag("activate", true);
        fields.end();
        served.access().requireFolder(path);
        var service = CatalogueCall.service(served);
        int number = service.addVersion(name, path, isActivated);
        return item(
                new AdapterPath(name, "versions", String.valueOf(number)),
                service.find(name).orElseThrow(() -> new NoSuchAdapterException(name)),
                served);
    }

    /** Runs the gate with a version: {@code versions/4/gate}, without a body or with {@code {}}. */
    static Object judge(AdapterPath at, ObjectNode json, Served served) {
        Fields.of(json).end();
        var service = CatalogueCall.service(served);
        return item(at, service.judge(at.name(), at.version()), served);
    }

    /** Rolls an alias back: {@code {"alias": NAME}}, or {@code {}} for the adapter's name. */
    static Object rollBack(String name, ObjectNode json, Served served) {
        var fields = Fields.of(json);
        var alias = fields.text("alias").orElse(AliasRecord.DEFAULT);
        fields.end();
        var entry = CatalogueCall.service(served).rollBack(name, alias);
        return item(new AdapterPath(name, "aliases", alias), entry, served);
    }
}
