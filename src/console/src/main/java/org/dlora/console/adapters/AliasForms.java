package org.dlora.console.adapters;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.OptionalInt;
import java.util.TreeMap;
import org.dlora.api.admin.adapters.AliasBody;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Json;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.console.page.FormFields;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AdapterCommands;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Forms of an adapter's aliases: the route with its weights and shadow, rollback, removal. */
@Controller
final class AliasForms {
    private static final String WEIGHT = "weight.";

    private final Administration administration;
    private final AdapterCommands commands;

    AliasForms(Administration administration, AdapterCommands commands) {
        this.administration = administration;
        this.commands = commands;
    }

    /** Sets the route of an alias; a new one if {@code alias} is not known yet. */
    @PostMapping("/console/adapter/alias")
    Mono<ResponseEntity<String>> route(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, fields) -> {
                    var alias =
                            fields.isChecked("new")
                                    ? fields.required("alias", "Alias")
                                    : fields.text("alias");
                    var _ = commands.route(caller, name, alias, readRoute(fields), shadow(fields));
                    return "Requests for %s get %s now."
                            .formatted(model(name, alias), route(caller, name, alias));
                });
    }

    /** Returns the model as clients call it. */
    private static String model(String name, String alias) {
        return alias.isEmpty() ? name : name + "@" + alias;
    }

    /** Returns the versions that an alias stands for, in words. */
    private String route(Caller caller, String name, String alias) {
        return AdapterController.entry(administration, caller.access(), name)
                .record()
                .alias(alias)
                .map(record -> Routes.words(record.route().weights()))
                .orElse("no version");
    }

    private static AliasRoute readRoute(FormFields fields) {
        var weights = new TreeMap<Integer, Integer>();
        for (var field : fields.all().keySet()) {
            if (field.startsWith(WEIGHT)) {
                var number = field.substring(WEIGHT.length());
                fields.number(field, "Weight of version " + number)
                        .filter(weight -> weight != 0)
                        .ifPresent(weight -> weights.put(version(number), whole(weight, number)));
            }
        }
        if (weights.isEmpty()) {
            throw ApiException.invalid(
                    "versions", "No version has a weight. Give at least one of them a weight.");
        }
        try {
            return new AliasRoute(weights, fields.isChecked("sticky"));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("versions", e.getMessage() + ".");
        }
    }

    private static int version(String key) {
        try {
            return Integer.parseInt(key);
        } catch (NumberFormatException _) {
            throw ApiException.invalid(
                    "versions",
                    "'versions' has the key '%s'; expected the number of a version."
                            .formatted(StringUtils.truncate(key)));
        }
    }

    private static OptionalInt shadow(FormFields fields) {
        return fields.given("shadow").isPresent()
                ? OptionalInt.of(number(fields.text("shadow")))
                : OptionalInt.empty();
    }

    private static int whole(double weight, String version) {
        if (weight != Math.rint(weight) || Math.abs(weight) > Integer.MAX_VALUE) {
            throw ApiException.invalid(
                    "versions",
                    "The weight of version %s must be a whole number.".formatted(version));
        }
        return (int) weight;
    }

    private static int number(String version) {
        if (!version.matches("[1-9]\\d{0,8}")) {
            throw ApiException.invalid("shadow", "'Shadow' must be the number of a version.");
        }
        return Integer.parseInt(version);
    }

    @PostMapping("/console/adapter/alias/rollback")
    Mono<ResponseEntity<String>> rollBack(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, fields) -> {
                    var alias = fields.text("alias");
                    // The page has the route as JSON, as an alias is shown.
                    var from =
                            fields.given("from")
                                    .map(route ->
                                            AliasBody.readRoute(
                                                    Json.object(route.getBytes(UTF_8))));
                    var _ = commands.rollBack(caller, name, alias, from);
                    return "The earlier route is in force again: requests for %s get %s."
                            .formatted(model(name, alias), route(caller, name, alias));
                });
    }

    @PostMapping("/console/adapter/alias/remove")
    Mono<ResponseEntity<String>> remove(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return AdapterForms.change(
                exchange,
                name,
                (caller, fields) -> {
                    var alias = fields.required("alias", "Alias");
                    var _ = commands.removeAlias(caller, name, alias);
                    return "The alias %s is removed; its versions stay.".formatted(alias);
                });
    }
}
