package org.dlora.console.adapters;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.ParameterRanges;
import org.dlora.api.web.RequestCaller;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AdapterCommands;
import org.dlora.operate.adapters.AdapterUpdate;
import org.dlora.operate.adapters.ResidencyCommands;
import org.dlora.operate.cluster.MigrationCommand;
import org.dlora.operate.cluster.MigrationCommands;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Forms of an adapter's page: what is said of it, its defaults, its share and its residency. */
@Controller
final class AdapterForms {
    /** Default parameters in the order of the form. */
    static final List<String> PARAMETERS =
            List.of(
                    "temperature",
                    "top_p",
                    "top_k",
                    "min_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "repetition_penalty",
                    "max_tokens");

    private static final int LOAD_SECONDS = 20;

    private final AdapterCommands commands;
    private final ResidencyCommands residency;
    private final MigrationCommands migrations;

    AdapterForms(
            AdapterCommands commands, ResidencyCommands residency, MigrationCommands migrations) {
        this.commands = commands;
        this.residency = residency;
        this.migrations = migrations;
    }

    /** A form's change to an adapter. It returns what was done. */
    interface Change {
        String make(Caller caller, FormFields fields);
    }

    /** Makes the change of a form on an adapter's page, which then says what was done. */
    static Mono<ResponseEntity<String>> change(
            ServerWebExchange exchange, String name, Change change) {
        var caller = RequestCaller.of(exchange.getRequest());
        var page = AdapterAddress.of(name);
        return PageForms.change(
                exchange, page, fields -> new Done(page, change.make(caller, fields)));
    }

    @PostMapping("/console/adapter/details")
    Mono<ResponseEntity<String>> details(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return update(
                exchange,
                name,
                "Description, tags and owner are changed.",
                fields ->
                        AdapterUpdate.ofTexts(
                                given(fields, "description"),
                                given(fields, "tags").map(AdapterForms::tags),
                                given(fields, "owner")));
    }

    /** Returns a text of the form, which may be empty; nothing if the form does not have it. */
    private static Optional<String> given(FormFields fields, String name) {
        return fields.all().containsKey(name) ? Optional.of(fields.text(name)) : Optional.empty();
    }

    private static SortedSet<String> tags(String text) {
        return AdapterUpdate.tags(
                Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(tag -> !tag.isEmpty())
                        .toList());
    }

    @PostMapping("/console/adapter/share")
    Mono<ResponseEntity<String>> share(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return update(
                exchange,
                name,
                "The share is changed.",
                fields -> AdapterUpdate.ofShare(fields.number("share", "Share").orElse(1.0)));
    }

    @PostMapping("/console/adapter/defaults")
    Mono<ResponseEntity<String>> defaults(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return update(
                exchange,
                name,
                "The defaults are changed. They are a version of their own, which requests for the name get.",
                fields ->
                        AdapterUpdate.ofDefaults(
                                given(fields, "system_prompt"), parameters(fields)));
    }

    /** Returns the default parameters; nothing if the form has none of their fields. */
    private static Optional<ParameterDefaults> parameters(FormFields fields) {
        var numbers = JsonNodeFactory.instance.objectNode();
        boolean hasSome = false;
        for (var parameter : PARAMETERS) {
            hasSome |= fields.all().containsKey(parameter);
            fields.number(parameter, parameter).ifPresent(value -> put(numbers, parameter, value));
        }
        return hasSome
                ? Optional.of(ParameterRanges.read(Fields.at("parameters", numbers)))
                : Optional.empty();
    }

    private static void put(ObjectNode parameters, String name, double value) {
        if (value == Math.rint(value) && Math.abs(value) <= Integer.MAX_VALUE) {
            parameters.put(name, (int) value);
        } else {
            parameters.put(name, value);
        }
    }

    private Mono<ResponseEntity<String>> update(
            ServerWebExchange exchange,
            String name,
            String done,
            Function<FormFields, AdapterUpdate> reader) {
        return change(
                exchange,
                name,
                (caller, fields) -> {
                    var _ = commands.update(caller, name, reader.apply(fields));
                    return done;
                });
    }

    /** Pins, unpins, loads or evicts. */
    @PostMapping("/console/adapter/residency")
    Mono<ResponseEntity<String>> residency(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return change(
                exchange,
                name,
                (caller, fields) -> {
                    var action = AdapterAction.named(fields.text("action"));
                    var command =
                            action.residency()
                                    .orElseThrow(() ->
                                            ApiException.invalid(
                                                    "action", "Deletion has a page of its own."));
                    var done = residency.change(caller, name, command);
                    if (action == AdapterAction.LOAD) {
                        return isDone(done)
                                ? "The adapter is loaded."
                                : "The adapter is being loaded.";
                    }
                    return action.past() + ".";
                });
    }

    /** Loads the adapter into the memory of one replica. */
    @PostMapping("/console/adapter/copy")
    Mono<ResponseEntity<String>> copy(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return change(
                exchange,
                name,
                (caller, fields) -> {
                    var to = fields.required("to", "Replica");
                    caller.requireChange(name);
                    var copied =
                            migrations.copy(caller, new MigrationCommand.CopyAdapter(name, to));
                    return isDone(copied)
                            ? "The adapter is resident on %s.".formatted(to)
                            : "The adapter is being loaded on %s.".formatted(to);
                });
    }

    /** Waits a while for a load. */
    private static boolean isDone(CompletableFuture<?> load) {
        try {
            var _ = load.get(LOAD_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        }
    }
}
