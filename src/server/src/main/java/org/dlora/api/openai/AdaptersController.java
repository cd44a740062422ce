package org.dlora.api.openai;

import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.NoSuchFolderException;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.served.NameTakenException;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AdapterCommands;
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
    private final AdapterCommands commands;
    private final BodyReader bodyReader;

    AdaptersController(
            Administration administration, AdapterCommands commands, BodyReader bodyReader) {
        this.administration = administration;
        this.commands = commands;
        this.bodyReader = bodyReader;
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
        var _ = administration.adapters();
        var fields = Fields.of(body);
        var name = text(fields, "lora_name", TO_LOAD, "what clients shall call the adapter");
        var path = text(fields, "lora_path", TO_LOAD, "a folder below one of the adapter roots");
        boolean inPlace = fields.flag("load_inplace", false);
        fields.unsupported(
                "is_3d_lora_weight",
                "mixtures of experts are not served",
                node -> node.isBoolean() && !node.booleanValue());
        fields.end();
        try {
            commands.register(caller, new AcquisitionRequest(name, path, inPlace, true));
        } catch (NoSuchFolderException e) {
            throw ApiException.noSuchFolder(
                    "lora_path",
                    "Loading lora %s failed: No adapter found for %s: %s."
                            .formatted(
                                    StringUtils.truncate(name),
                                    StringUtils.truncate(path),
                                    e.getMessage()));
        } catch (NameTakenException _) {
            throw ApiException.invalid(
                    null,
                    "The lora adapter '%s' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to true."
                            .formatted(name));
        } catch (AdapterRefusedException e) {
            throw ApiException.invalid(null, String.valueOf(e.getMessage()));
        }
        return "Success: LoRA adapter '" + name + "' added successfully.";
    }

    private String unload(ObjectNode body, ServedModel served, Caller caller) {
        var _ = administration.adapters();
        var fields = Fields.of(body);
        var name = text(fields, "lora_name", TO_UNLOAD, "the name of a loaded adapter");
        fields.ignore("lora_int_id");
        fields.end();
        if (name.equals(served.name())) {
            throw ApiException.invalid(
                    "lora_name", "'" + name + "' is the base model, which cannot be unloaded.");
        }
        try {
            commands.unregister(caller, name);
        } catch (NoSuchAdapterException e) {
            throw ApiException.noSuchAdapter(
                    "lora_name",
                    "The lora adapter '"
                            + StringUtils.truncate(name)
                            + "' cannot be found. "
                            + served.names(caller.access()));
        }
        return "Success: LoRA adapter '" + name + "' removed successfully.";
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
