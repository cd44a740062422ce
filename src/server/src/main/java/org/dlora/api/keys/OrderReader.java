package org.dlora.api.keys;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.KeySettings;
import org.dlora.security.Scope;
import org.dlora.security.Team;
import org.dlora.security.limits.Limits;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reader of what keys and teams are to be. A member that a change leaves out stays as it is. */
final class OrderReader {
    private OrderReader() {}

    /** Reads a key; {@code name} and {@code scopes} are required. */
    static KeySettings key(ObjectNode body, Instant now) {
        var fields = Fields.of(body);
        var order =
                new KeySettings(
                        Fields.text("name", fields.required("name", "what the key is called")),
                        fields.text("team").orElse(null),
                        scopes(
                                fields.required(
                                        "scopes",
                                        "a list of inference, adapters, admin and metrics")),
                        patterns(fields, "adapters").orElse(AdapterPatterns.ALL),
                        end(fields, now).orElse(null),
                        LimitsReader.read(fields).apply(Limits.NONE));
        fields.end();
        return order;
    }

    /**
     * Reads a change of a key. {@code "team": null} and {@code "expires": null} take these away.
     */
    static UnaryOperator<KeySettings> keyChange(ObjectNode body, Instant now) {
        var fields = Fields.of(body);
        var name = fields.text("name");
        var team = fields.text("team");
        var scopes = fields.any("scopes").map(OrderReader::scopes);
        var adapters = patterns(fields, "adapters");
        var end = end(fields, now);
        var limits = LimitsReader.read(fields);
        fields.end();
        return before ->
                new KeySettings(
                        name.orElse(before.name()),
                        body.has("team") ? team.orElse(null) : before.team(),
                        scopes.orElse(before.scopes()),
                        adapters.orElse(before.adapters()),
                        body.has("expires") || end.isPresent()
                                ? end.orElse(null)
                                : before.expires(),
                        limits.apply(before.limits()));
    }

    /** Reads a team; {@code name} is required, and by default it has no adapters. */
    static Team team(ObjectNode body, Instant now) {
        var fields = Fields.of(body);
        var team =
                new Team(
                        Fields.text("name", fields.required("name", "what the team is called")),
                        fields.text("description").orElse(""),
                        patterns(fields, "adapters").orElse(AdapterPatterns.NONE),
                        patterns(fields, "owns").orElse(AdapterPatterns.NONE),
                        now,
                        LimitsReader.read(fields).apply(Limits.NONE),
                        share(fields, Team.USUAL_SHARE));
        fields.end();
        return team;
    }

    /** Reads a change of a team. */
    static UnaryOperator<Team> teamChange(ObjectNode body) {
        var fields = Fields.of(body);
        var description = fields.text("description");
        var adapters = patterns(fields, "adapters");
        var owns = patterns(fields, "owns");
        var limits = LimitsReader.read(fields);
        var share = fields.given("share").map(_ -> share(fields, Team.USUAL_SHARE));
        fields.end();
        return before ->
                new Team(
                        before.name(),
                        description.orElse(before.description()),
                        adapters.orElse(before.adapters()),
                        owns.orElse(before.owns()),
                        before.created(),
                        limits.apply(before.limits()),
                        share.orElse(before.share()));
    }

    private static double share(Fields fields, double usual) {
        return fields.number("share", Team.LEAST_SHARE, Team.MOST_SHARE).orElse(usual);
    }

    /** Returns a duration such as {@code 30d}; {@code usual} if it is not given. */
    static Duration duration(Fields fields, String name, Duration usual) {
        return fields.text(name).map(text -> KeyTimes.duration(name, text)).orElse(usual);
    }

    /** Returns {@code expires}, a time, or {@code expires_in}, a duration from now. */
    static Optional<Instant> end(Fields fields, Instant now) {
        var at = fields.text("expires").map(text -> KeyTimes.time("expires", text));
        var in =
                fields.text("expires_in")
                        .map(text -> now.plus(KeyTimes.duration("expires_in", text)));
        if (at.isPresent() && in.isPresent()) {
            throw ApiException.invalid("expires_in", "Give either 'expires' or 'expires_in'.");
        }
        return at.or(() -> in);
    }

    private static Set<Scope> scopes(JsonNode node) {
        return texts("scopes", node).stream().map(Scope::require).collect(Collectors.toSet());
    }

    private static Optional<AdapterPatterns> patterns(Fields fields, String name) {
        return fields.any(name).map(node -> new AdapterPatterns(texts(name, node)));
    }

    private static List<String> texts(String name, @Nullable JsonNode node) {
        if (node == null || !node.isArray()) {
            throw ApiException.invalid(name, "'" + name + "' must be a list of texts.");
        }
        var texts = new ArrayList<String>();
        for (var one : node) {
            texts.add(Fields.text(name, one));
        }
        return texts;
    }
}
