package org.dlora.console.page;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A member that an action of the audit changed.
 *
 * @param before empty text if it was not there
 * @param after empty text if it is not there any more
 */
public record AuditDifference(String name, String before, String after) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Collector<CharSequence, ?, String> JOINED = Collectors.joining(", ");

    /** Returns the members in which two JSON objects differ, by name. */
    public static List<AuditDifference> of(@Nullable String before, @Nullable String after) {
        var old = read(before);
        var present = read(after);
        var names = new TreeSet<String>(old.propertyNames());
        names.addAll(present.propertyNames());
        var differences = new ArrayList<AuditDifference>();
        for (var name : names) {
            var from = text(old.get(name));
            var to = text(present.get(name));
            if (!from.equals(to)) {
                differences.add(new AuditDifference(words(name), from, to));
            }
        }
        return differences;
    }

    private static JsonNode read(@Nullable String json) {
        if (json == null) {
            return JSON.createObjectNode();
        }
        try {
            var node = JSON.readTree(json);
            return node.isObject() ? node : JSON.createObjectNode().set("", node);
        } catch (JacksonException _) {
            return JSON.createObjectNode().put("", json);
        }
    }

    /** Returns a value in words; those within it, which are no single values, in parentheses. */
    private static String text(@Nullable JsonNode node) {
        if (node == null || node.isNull()) {
            return "";
        }
        if (node.isArray()) {
            return node.valueStream().map(AuditDifference::part).collect(JOINED);
        }
        if (node.isObject()) {
            return node.propertyStream()
                    .filter(member -> !text(member.getValue()).isEmpty())
                    .map(member -> words(member.getKey()) + ": " + part(member.getValue()))
                    .collect(JOINED);
        }
        return node.asString();
    }

    private static String part(JsonNode node) {
        return node.isContainer() ? "(" + text(node) + ")" : text(node);
    }

    private static String words(String name) {
        return name.replace('_', ' ');
    }

    /** Returns the change as one line. */
    public String line() {
        var words = new StringBuilder(name.isEmpty() ? "" : name + ": ");
        if (before.isEmpty() || after.isEmpty()) {
            return words.append(after.isEmpty() ? "was " + before : after).toString();
        }
        return words.append(before).append(" → ").append(after).toString();
    }
}
