package org.dlora.console.adapters;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.GatePrompt;
import org.dlora.catalogue.versions.GatePrompt.GateMessage;
import org.dlora.catalogue.versions.GatePrompt.RecordedTokens;
import org.dlora.console.page.FormFields;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AdapterCommands;
import org.dlora.operate.adapters.GateLimits;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Forms of an adapter's gate. Fields of a prompt end in its number. A prompt without an expected
 * answer has the answer of the version recorded that requests for the name get.
 */
@Controller
final class GateForms {
    private static final String TEXT = "prompt.";
    private static final String NEW = "prompt.new";

    private final Administration administration;
    private final AdapterCommands commands;

    GateForms(Administration administration, AdapterCommands commands) {
        this.administration = administration;
        this.commands = commands;
    }

    @PostMapping("/console/adapter/gate")
    Mono<ResponseEntity<String>> set(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, fields) -> {
                    var prompts = new ArrayList<GateDraft>();
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
                    var _ = commands.setGate(caller, name, prompts);
                    return "The gate has %d prompts. Versions that have requests keep them."
                            .formatted(prompts.size());
                });
    }

    /** Adds the prompts of the gate in force: as they are, or as the form has changed them. */
    private void present(Caller caller, String name, FormFields fields, List<GateDraft> prompts) {
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
                prompts.add(draft(all.get(i)));
            } else {
                add(fields, number, prompts);
            }
        }
    }

    private static GateDraft draft(GatePrompt prompt) {
        return new GateDraft(
                prompt.messages(),
                prompt.text(),
                prompt.maxTokens(),
                prompt.expected(),
                prompt.recorded(),
                prompt.recorded().stream().mapToDouble(RecordedTokens::maxDivergence).findFirst());
    }

    private static void add(FormFields fields, String number, List<GateDraft> prompts) {
        // Not stripped: spaces and lines count in prompts and answers.
        var text = raw(fields, TEXT + number);
        if (text.isBlank()) {
            return;
        }
        boolean isText = fields.text("kind." + number).equals("text");
        int most =
                fields.number("max_tokens." + number, "Tokens at most")
                        .map(Double::intValue)
                        .orElse(GateLimits.USUAL_TOKENS);
        var expected = raw(fields, "expected." + number);
        var bound = fields.number("divergence." + number, "Divergence");
        if (bound.isPresent() && !expected.isEmpty()) {
            throw ApiException.invalid(
                    "divergence",
                    "A prompt has an expected answer or a divergence, not both: empty one of them.");
        }
        prompts.add(
                new GateDraft(
                        isText ? List.of() : List.of(new GateMessage("user", text)),
                        isText ? text : "",
                        most,
                        expected.isEmpty() ? Optional.empty() : Optional.of(expected),
                        Optional.empty(),
                        bound.map(OptionalDouble::of).orElseGet(OptionalDouble::empty)));
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
                    var _ = commands.removeGate(caller, name);
                    return "The gate is removed. Versions get requests without one.";
                });
    }
}
