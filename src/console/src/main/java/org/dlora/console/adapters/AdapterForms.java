package org.dlora.console.adapters;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.dlora.api.admin.AdapterChanges;
import org.dlora.api.admin.AdapterPath;
import org.dlora.api.admin.ResidencyChanges;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.RequestCaller;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
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

    private final Administration administration;
    private final AdapterChanges changes;
    private final ResidencyChanges residency;
    private final MigrationCommands migrations;

    AdapterForms(
            Administration administration,
            AdapterChanges changes,
            ResidencyChanges residency,
            MigrationCommands migrations) {
        this.administration = administration;
        this.changes = changes;
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

    static ObjectNode json() {
        return JsonNodeFactory.instance.objectNode();
    }

    @PostMapping("/console/adapter/details")
    Mono<ResponseEntity<String>> details(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return update(
                exchange,
                name,
                "Description, tags and owner are changed.",
                (fields, json) -> {
                    if (fields.all().containsKey("description")) {
                        json.put("description", fields.text("description"));
                    }
                    if (fields.all().containsKey("owner")) {
                        json.put("owner", fields.text("owner"));
                    }
                    if (fields.all().containsKey("tags")) {
                        var tags = json.putArray("tags");
                        Arrays.stream(fields.text("tags").split(","))
                                .map(String::strip)
                                .filter(tag -> !tag.isEmpty())
                                .forEach(tags::add);
                    }
                });
    }

    @PostMapping("/console/adapter/share")
    Mono<ResponseEntity<String>> share(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return update(
                exchange,
                name,
                "The share is changed.",
                (fields, json) ->
                        fields.number("share", "Share")
                                .ifPresentOrElse(
                                        share -> json.put("share", share),
                                        () -> json.putNull("share")));
    }

    @PostMapping("/console/adapter/defaults")
    Mono<ResponseEntity<String>> defaults(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return update(
                exchange,
                name,
                "The defaults are changed. They are a version of their own, which requests for the name get.",
                (fields, json) -> {
                    if (fields.all().containsKey("system_prompt")) {
                        json.put("system_prompt", fields.text("system_prompt"));
                    }
                    var parameters = JsonNodeFactory.instance.objectNode();
                    boolean hasSome = false;
                    for (var parameter : PARAMETERS) {
                        hasSome |= fields.all().containsKey(parameter);
                        fields.number(parameter, parameter)
                                .ifPresent(value -> put(parameters, parameter, value));
                    }
                    if (hasSome) {
                        json.set("parameters", parameters);
                    }
                });
    }

    private static void put(ObjectNode parameters, String name, double value) {
        if (value == Math.rint(value) && Math.abs(value) <= Integer.MAX_VALUE) {
            parameters.put(name, (int) value);
        } else {
            parameters.put(name, value);
        }
    }

    /** Reads fields into the body of an update. */
    private interface Reader {
        void read(FormFields fields, ObjectNode json);
    }

    private Mono<ResponseEntity<String>> update(
            ServerWebExchange exchange, String name, String done, Reader reader) {
        return change(
                exchange,
                name,
                (caller, fields) -> {
                    var json = json();
                    reader.read(fields, json);
                    var _ = changes.change(caller, AdapterPath.adapter(name), json);
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
                    if (action.isDeletion()) {
                        throw ApiException.invalid("action", "Deletion has a page of its own.");
                    }
                    var done = residency.change(caller, name, action.word());
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
