package org.dlora.console.access;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.dlora.cluster.history.AuditRecord;
import org.dlora.cluster.history.HistoryKey;
import org.dlora.console.page.SubjectLink;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An administrative action as the page shows it.
 *
 * @param link page of its subject, empty if there is none
 * @param differences what it changed
 */
record AuditItem(
        Instant at,
        String actor,
        String action,
        String subject,
        String link,
        List<Difference> differences) {
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * A member that an action changed.
     *
     * @param before empty text if it was not there
     * @param after empty text if it is not there any more
     */
    record Difference(String name, String before, String after) {}

    static AuditItem of(AuditRecord row) {
        return new AuditItem(
                HistoryKey.time(row.key()),
                row.actor(),
                row.action(),
                row.subject(),
                link(row.action(), row.subject()),
                differences(row.before(), row.after()));
    }

    private static String link(String action, String subject) {
        var link = SubjectLink.of(action, subject);
        return link == null ? "" : link.path();
    }

    /** Returns the members in which two JSON objects differ, by name. */
    static List<Difference> differences(@Nullable String before, @Nullable String after) {
        var old = read(before);
        var present = read(after);
        var names = new TreeSet<String>(old.propertyNames());
        names.addAll(present.propertyNames());
        var differences = new ArrayList<Difference>();
        for (var name : names) {
            var from = text(old.get(name));
            var to = text(present.get(name));
            if (!from.equals(to)) {
                differences.add(new Difference(name, from, to));
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

    private static String text(@Nullable JsonNode node) {
        if (node == null || node.isNull() || (node.isContainer() && node.isEmpty())) {
            return "";
        }
        return node.isValueNode() ? node.asString() : node.toString();
    }
}
