package org.dlora.api.admin.adapters;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.ParameterRanges;
import org.dlora.catalogue.versions.ParameterDefaults;
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
                            fields.change("description", "", Fields::text),
                            fields.change(
                                    "tags",
                                    AdapterUpdate.tags(List.of()),
                                    AdapterUpdateReader::tags),
                            fields.change("owner", "", Fields::text),
                            fields.change("system_prompt", "", Fields::text),
                            fields.change(
                                    "parameters",
                                    ParameterDefaults.NONE,
                                    (path, node) -> ParameterRanges.read(Fields.at(path, node))),
                            fields.change("pinned", false, Fields::flag),
                            fields.change("share", 1.0, Fields::weight));
            fields.end();
            return update;
        } catch (CommandRefusedException e) {
            throw ApiException.refused(e);
        }
    }

    private static SortedSet<String> tags(String path, JsonNode node) {
        if (!(node instanceof ArrayNode array)) {
            throw Fields.wrong(path, AdapterUpdate.TAGS, node);
        }
        var tags = new ArrayList<String>();
        for (int i = 0; i < array.size(); i++) {
            tags.add(Fields.text(path + "[" + i + "]", array.get(i)));
        }
        return AdapterUpdate.tags(tags);
    }
}
