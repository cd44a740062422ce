package org.dlora.api.admin;

import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Fields;
import org.dlora.cluster.catalogue.AdapterDetails;
import org.dlora.cluster.catalogue.VersionDefaults;
import org.dlora.scheduling.ServiceWeights;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An update of an adapter. What it does not name stays as it is.
 *
 * @param pinned empty to leave the pin as it is
 * @param share weight of service; empty to leave it as it is
 */
record AdapterUpdate(
        UnaryOperator<AdapterDetails> details,
        UnaryOperator<VersionDefaults> defaults,
        Optional<Boolean> pinned,
        Optional<Double> share) {

    private static final int MAX_TEXT = 10_000;
    private static final int MAX_TAGS = 64;
    private static final int MAX_TAG = 64;

    /**
     * Reads {@code {"description", "tags", "owner", "pinned", "share", "system_prompt",
     * "parameters"}}, or a part of it. Null clears a member.
     *
     * @throws ApiException if the body has anything else
     */
    static AdapterUpdate read(ObjectNode body) {
        var fields = Fields.of(body);
        var description = fields.given("description").map(node -> text("description", node));
        var owner = fields.given("owner").map(node -> text("owner", node));
        var tags = fields.given("tags").map(AdapterUpdate::tags);
        var prompt =
                fields.given("system_prompt")
                        .map(AdapterUpdate::systemPrompt)
                        .orElse(UnaryOperator.identity());
        var parameters =
                fields.given("parameters").map(node -> DefaultsBody.read("parameters", node));
        var update =
                new AdapterUpdate(
                        before ->
                                new AdapterDetails(
                                        description.orElse(before.description()),
                                        tags.orElse(before.tags()),
                                        owner.orElse(before.owner()),
                                        before.pinned()),
                        before ->
                                new VersionDefaults(
                                        prompt.apply(before.systemPrompt()),
                                        parameters.orElse(before.parameters())),
                        fields.given("pinned").map(AdapterUpdate::flag),
                        fields.given("share").map(AdapterUpdate::share));
        fields.end();
        return update;
    }

    private static UnaryOperator<Optional<String>> systemPrompt(JsonNode node) {
        var text = Optional.of(text("system_prompt", node)).filter(given -> !given.isEmpty());
        return _ -> text;
    }

    private static String text(String name, JsonNode node) {
        var text = node.isNull() ? "" : Fields.text(name, node);
        if (text.indexOf('\0') >= 0) {
            throw ApiException.invalid(name, "'" + name + "' has the character U+0000.");
        }
        if (text.length() > MAX_TEXT) {
            throw ApiException.invalid(
                    name,
                    "'%s' has %d characters; at most %d are kept."
                            .formatted(name, text.length(), MAX_TEXT));
        }
        return text;
    }

    private static SortedSet<String> tags(JsonNode node) {
        var tags = new TreeSet<String>();
        if (node.isNull()) {
            return tags;
        }
        if (!(node instanceof ArrayNode array) || array.size() > MAX_TAGS) {
            throw Fields.wrong("tags", "an array of at most " + MAX_TAGS + " strings", node);
        }
        for (int i = 0; i < array.size(); i++) {
            var path = "tags[" + i + "]";
            var tag = Fields.text(path, array.get(i));
            if (tag.isBlank()
                    || tag.length() > MAX_TAG
                    || tag.codePoints().anyMatch(Character::isISOControl)) {
                throw Fields.wrong(
                        path,
                        "1 to " + MAX_TAG + " characters without control characters",
                        array.get(i));
            }
            tags.add(tag);
        }
        return tags;
    }

    private static boolean flag(JsonNode node) {
        if (!node.isBoolean() && !node.isNull()) {
            throw Fields.wrong("pinned", "true or false", node);
        }
        return node.asBoolean(false);
    }

    private static double share(JsonNode node) {
        if (!node.isNumber() && !node.isNull()) {
            throw Fields.wrong("share", "a number, or null for 1", node);
        }
        double share = node.isNull() ? 1 : node.doubleValue();
        try {
            var _ = new ServiceWeights(Map.of("share", share));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("share", e.getMessage() + ".");
        }
        return share;
    }
}
