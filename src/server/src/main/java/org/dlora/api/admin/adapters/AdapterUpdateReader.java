package org.dlora.api.admin.adapters;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.adapters.AdapterUpdate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reader of an update of an adapter. */
public final class AdapterUpdateReader {
    private AdapterUpdateReader() {}

    /**
     * Reads {@code {"description", "tags", "owner", "pinned", "share", "system_prompt",
     * "parameters"}}, or a part of it. Null clears a member.
     *
     * @throws ApiException if the body has anything else
     */
    public static AdapterUpdate read(ObjectNode body) {
        var fields = Fields.of(body);
        try {
            var update =
                    new AdapterUpdate(
                            fields.given("description").map(node -> text("description", node)),
                            fields.given("tags").map(AdapterUpdateReader::tags),
                            fields.given("owner").map(node -> text("owner", node)),
                            fields.given("system_prompt").map(node -> text("system_prompt", node)),
                            fields.given("parameters")
                                    .map(node -> DefaultsBody.read("parameters", node)),
                            fields.given("pinned").map(AdapterUpdateReader::flag),
                            fields.given("share").map(AdapterUpdateReader::share));
            fields.end();
            return update;
        } catch (CommandRefusedException e) {
            throw ApiException.refused(e);
        }
    }

    private static String text(String name, JsonNode node) {
        return node.isNull() ? "" : Fields.text(name, node);
    }

    private static SortedSet<String> tags(JsonNode node) {
        if (node.isNull()) {
            return AdapterUpdate.tags(List.of());
        }
        if (!(node instanceof ArrayNode array)) {
            throw Fields.wrong("tags", AdapterUpdate.TAGS, node);
        }
        var tags = new ArrayList<String>();
        for (int i = 0; i < array.size(); i++) {
            tags.add(Fields.text("tags[" + i + "]", array.get(i)));
        }
        return AdapterUpdate.tags(tags);
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
        return node.isNull() ? 1 : node.doubleValue();
    }
}
