package org.dlora.console.adapters;

import java.util.List;
import org.dlora.api.admin.AdapterChanges;
import org.dlora.api.admin.AdapterPath;
import org.dlora.api.openai.ApiException;
import org.dlora.cluster.catalogue.Gate;
import org.dlora.cluster.catalogue.GatePrompt;
import org.dlora.console.page.FormFields;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Forms of an adapter's gate. Fields of a prompt end in its number. A prompt without an expected
 * answer has the answer of the version recorded that requests for the name get.
 */
@Controller
final class GateForms {
    private static final String TEXT = "prompt.";
    private static final String NEW = "prompt.new";

    private final Administration administration;
    private final AdapterChanges changes;

    GateForms(Administration administration, AdapterChanges changes) {
        this.administration = administration;
        this.changes = changes;
    }

    @PostMapping("/console/adapter/gate")
    Mono<ResponseEntity<String>> set(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, fields) -> {
                    var json = AdapterForms.json();
                    var prompts = json.putArray("prompts");
                    present(caller, name, fields, prompts);
                    fields.all().keySet().stream()
                            .filter(field -> field.startsWith(NEW))
                            .map(field -> field.substring(TEXT.length()))
                            .forEach(number -> add(fields, number, prompts));
                    if (prompts.isEmpty()) {
                        throw ApiException.invalid(
                                "prompts",
                                "The gate has no prompt. Write one, or remove the gate.");
                    }
                    var _ = changes.change(caller, AdapterPath.gate(name), json);
                    return "The gate has %d prompts. Versions that have requests keep them."
                            .formatted(prompts.size());
                });
    }

    /** Adds the prompts of the gate in force: as they are, or as the form has changed them. */
    private void present(Caller caller, String name, FormFields fields, ArrayNode prompts) {
        var gate =
                AdapterController.entry(administration, caller.access(), name)
                        .record()
                        .gate()
                        .gate();
        if (!fields.text("gate").equals(gate.map(Gate::hash).orElse(""))) {
            throw ApiException.of(
                    HttpStatus.CONFLICT,
                    "The gate was changed since the page was loaded. Look at it again, and repeat the change.");
        }
        var kept = fields.texts("kept");
        var all = gate.map(Gate::prompts).orElse(List.of());
        for (int i = 0; i < all.size(); i++) {
            var number = String.valueOf(i);
            if (kept.contains(number)) {
                write(all.get(i), prompts.addObject());
            } else {
                add(fields, number, prompts);
            }
        }
    }

    private static void write(GatePrompt prompt, ObjectNode json) {
        if (prompt.messages().isEmpty()) {
            json.put("prompt", prompt.text());
        } else {
            var messages = json.putArray("messages");
            prompt.messages()
                    .forEach(message ->
                            messages.addObject()
                                    .put("role", message.role())
                                    .put("content", message.content()));
        }
        json.put("max_tokens", prompt.maxTokens());
        prompt.expected().ifPresent(expected -> json.put("expected", expected));
        prompt.recorded()
                .ifPresent(recorded -> {
                    json.put("max_divergence", recorded.maxDivergence());
                    recorded.tokens().forEach(json.putArray("tokens")::add);
                    recorded.logprobs().forEach(json.putArray("logprobs")::add);
                });
    }

    private static void add(FormFields fields, String number, ArrayNode prompts) {
        // Not stripped: spaces and lines count in prompts and answers.
        var text = raw(fields, TEXT + number);
        if (text.isBlank()) {
            return;
        }
        var json = prompts.addObject();
        if (fields.text("kind." + number).equals("text")) {
            json.put("prompt", text);
        } else {
            json.putArray("messages").addObject().put("role", "user").put("content", text);
        }
        fields.number("max_tokens." + number, "Tokens at most")
                .ifPresent(most -> json.put("max_tokens", most.intValue()));
        var expected = raw(fields, "expected." + number);
        var bound = fields.number("divergence." + number, "Divergence");
        if (bound.isPresent() && expected.isEmpty()) {
            json.put("max_divergence", bound.get());
        } else if (bound.isPresent()) {
            throw ApiException.invalid(
                    "divergence",
                    "A prompt has an expected answer or a divergence, not both: empty one of them.");
        } else if (!expected.isEmpty()) {
            json.put("expected", expected);
        }
    }

    /** Returns a text as it was written. Browsers send lines that end in CR LF. */
    private static String raw(FormFields fields, String name) {
        var text = fields.all().getFirst(name);
        return text == null ? "" : text.replace("\r\n", "\n");
    }

    @PostMapping("/console/adapter/gate/remove")
    Mono<ResponseEntity<String>> remove(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, _) -> {
                    var _ = changes.delete(caller, AdapterPath.gate(name), false);
                    return "The gate is removed. Versions get requests without one.";
                });
    }
}
