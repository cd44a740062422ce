package org.dlora.console.adapters;

import java.util.OptionalInt;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.console.page.FormFields;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AdapterCommands;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Forms of an adapter's versions: one is added, activated, retired or run with the gate. */
@Controller
final class VersionForms {
    private final Administration administration;
    private final AdapterCommands commands;

    VersionForms(Administration administration, AdapterCommands commands) {
        this.administration = administration;
        this.commands = commands;
    }

    @PostMapping("/console/adapter/version/add")
    Mono<ResponseEntity<String>> add(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, fields) -> {
                    boolean isActivated = fields.isChecked("activate");
                    int number =
                            commands.addVersion(
                                    caller, name, fields.required("path", "Folder"), isActivated);
                    return isActivated
                            ? "Version %d is there, and requests for the name get it."
                                    .formatted(number)
                            : "Version %d is there. Requests get it once an alias routes to it."
                                    .formatted(number);
                });
    }

    /** Gives all requests for the name to one version. */
    @PostMapping("/console/adapter/version/activate")
    Mono<ResponseEntity<String>> activate(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, fields) -> {
                    int number = number(fields);
                    var shadow = shadow(caller, name);
                    if (shadow.isPresent() && shadow.getAsInt() == number) {
                        shadow = OptionalInt.empty();
                    }
                    var route = AliasRoute.to(number);
                    var _ = commands.route(caller, name, AliasRecord.DEFAULT, route, shadow);
                    return "Requests for the name get version %d.".formatted(number);
                });
    }

    private OptionalInt shadow(Caller caller, String name) {
        return AdapterController.entry(administration, caller.access(), name)
                .record()
                .alias(AliasRecord.DEFAULT)
                .map(AliasRecord::shadow)
                .orElse(OptionalInt.empty());
    }

    @PostMapping("/console/adapter/version/retire")
    Mono<ResponseEntity<String>> retire(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, fields) -> {
                    int number = number(fields);
                    var _ = commands.retire(caller, name, number);
                    return "Version %d is retired; its requests run to their end."
                            .formatted(number);
                });
    }

    /** Runs the gate with a version. */
    @PostMapping("/console/adapter/version/judge")
    Mono<ResponseEntity<String>> judge(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, fields) -> {
                    int number = number(fields);
                    var entry = commands.judge(caller, name, number);
                    return entry.record()
                            .version(number)
                            .flatMap(version -> entry.record().gate().result(version))
                            .map(result ->
                                    result.problem()
                                            .map(problem ->
                                                    "Version %d did not pass: %s."
                                                            .formatted(number, problem))
                                            .orElse("Version %d passed.".formatted(number)))
                            .orElse("The gate has run.");
                });
    }

    static int number(FormFields fields) {
        var text = fields.required("version", "Version");
        if (!text.matches("[1-9]\\d{0,8}")) {
            throw ApiException.invalid("version", "'Version' must be the number of a version.");
        }
        return Integer.parseInt(text);
    }
}
