package org.dlora.api.openai;

import java.util.Map;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.NoSuchFolderException;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.LimitRefusal;
import org.dlora.api.web.RequestCaller;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.manifest.ManagedAdapterException;
import org.dlora.catalogue.served.GateFailedException;
import org.dlora.catalogue.versions.CatalogueChangedException;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.TeamQuota;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Endpoints that load and unload adapters, as vLLM's dynamic LoRA endpoints do. A body must be
 * JSON, which a web page of a stranger cannot send.
 */
@RestController
final class AdaptersController {
    private static final String TO_LOAD = "Both 'lora_name' and 'lora_path' must be provided.";
    private static final String TO_UNLOAD =
            "'lora_name' needs to be provided to unload a LoRA adapter.";

    private final Administration administration;
    private final BodyReader bodyReader;
    private final ClusterEvents events;
    private final TeamQuota quota;

    AdaptersController(
            Administration administration,
            BodyReader bodyReader,
            ClusterEvents events,
            ObjectProvider<TeamQuota> quota) {
        this.quota = quota.getIfAvailable(() -> TeamQuota.NONE);
        this.administration = administration;
        this.bodyReader = bodyReader;
        this.events = events;
    }

    @PostMapping(path = "/v1/load_lora_adapter", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> load(
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        return bodyReader
                .read(body, (json, _) -> load(json, RequestCaller.of(request)))
                .flatMap(text -> Replies.text(response, text));
    }

    @PostMapping(path = "/v1/unload_lora_adapter", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> unload(
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        return bodyReader
                .read(body, (json, served) -> unload(json, served, RequestCaller.of(request)))
                .flatMap(text -> Replies.text(response, text));
    }

    private String load(ObjectNode body, Caller caller) {
        var adapters = administration.adapters();
        var fields = Fields.of(body);
        var name = text(fields, "lora_name", TO_LOAD, "what clients shall call the adapter");
        var path = text(fields, "lora_path", TO_LOAD, "a folder below one of the adapter roots");
        boolean inPlace = fields.flag("load_inplace", false);
        fields.unsupported(
                "is_3d_lora_weight",
                "mixtures of experts are not served",
                node -> node.isBoolean() && !node.booleanValue());
        fields.end();
        caller.access().requireChange(name);
        caller.access().requireFolder(path);
        var before = state(name);
        try {
            var _ =
                    quota.add(
                            administration,
                            caller.access(),
                            name,
                            () ->
                                    AuditedAction.call(
                                            caller.name(),
                                            "adapter.register",
                                            () -> {
                                                administration.guard().load(name);
                                                var loaded = adapters.load(name, path, inPlace);
                                                events.done(
                                                        caller.name(),
                                                        "adapter.register",
                                                        name,
                                                        before,
                                                        state(loaded));
                                                return loaded;
                                            }));
        } catch (NoSuchFolderException e) {
            throw ApiException.noSuchFolder(
                    "lora_path",
                    "Loading lora %s failed: No adapter found for %s: %s."
                            .formatted(
                                    StringUtils.truncate(name),
                                    StringUtils.truncate(path),
                                    e.getMessage()));
        } catch (AdapterRefusedException e) {
            throw ApiException.invalid(null, String.valueOf(e.getMessage()));
        } catch (GateFailedException e) {
            var refused = Map.of("version", e.version(), "passed", false, "problem", e.problem());
            events.done(caller.name(), "adapter.gate", name, null, refused);
            throw ApiException.of(HttpStatus.CONFLICT, e.getMessage() + ".");
        } catch (ManagedAdapterException | CatalogueChangedException e) {
            throw ApiException.of(HttpStatus.CONFLICT, e.getMessage() + ".");
        } catch (IllegalStateException e) {
            throw LimitRefusal.causing(e)
                    .orElseGet(() ->
                            ApiException.of(
                                    HttpStatus.SERVICE_UNAVAILABLE,
                                    String.valueOf(e.getMessage())));
        }
        return "Success: LoRA adapter '" + name + "' added successfully.";
    }

    private String unload(ObjectNode body, ServedModel served, Caller caller) {
        var adapters = administration.adapters();
        var fields = Fields.of(body);
        var name = text(fields, "lora_name", TO_UNLOAD, "the name of a loaded adapter");
        fields.ignore("lora_int_id");
        fields.end();
        if (name.equals(served.name())) {
            throw ApiException.invalid(
                    "lora_name", "'" + name + "' is the base model, which cannot be unloaded.");
        }
        var before = state(name);
        try {
            caller.requireChange(name);
            var _ =
                    AuditedAction.call(
                            caller.name(),
                            "adapter.unregister",
                            () -> {
                                administration.guard().unload(name);
                                var ended = adapters.unload(name);
                                events.done(
                                        caller.name(), "adapter.unregister", name, before, null);
                                return ended;
                            });
        } catch (NoSuchAdapterException e) {
            throw ApiException.noSuchAdapter(
                    "lora_name",
                    "The lora adapter '"
                            + StringUtils.truncate(name)
                            + "' cannot be found. "
                            + served.names(caller.access()));
        } catch (ManagedAdapterException | CatalogueChangedException e) {
            throw ApiException.of(HttpStatus.CONFLICT, e.getMessage() + ".");
        } catch (IllegalStateException e) {
            throw ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, String.valueOf(e.getMessage()));
        }
        return "Success: LoRA adapter '" + name + "' removed successfully.";
    }

    private @Nullable Map<String, ?> state(String name) {
        return administration
                .models()
                .catalogue()
                .find(name)
                .map(AdaptersController::state)
                .orElse(null);
    }

    /** Returns what the audit says of an adapter; its hash is empty while it is not known. */
    private static Map<String, ?> state(ServedAdapter adapter) {
        return Map.of(
                "folder", adapter.folder().toString(), "version", adapter.version().orElse(""));
    }

    /**
     * Reads a member that must be there, and not blank.
     *
     * @param problem the refusal's first sentence, which is vLLM's
     */
    private static String text(Fields fields, String name, String problem, String expected) {
        return fields.text(name)
                .filter(text -> !text.isBlank())
                .orElseThrow(() ->
                        ApiException.invalid(
                                name, "%s '%s' is %s.".formatted(problem, name, expected)));
    }
}
