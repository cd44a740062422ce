package org.dlora.api.admin.history;

import org.dlora.cluster.facts.ClusterEvent;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Changes of the cluster as JSON. */
public final class EventJson {
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build();

    private EventJson() {}

    /** Returns a change with its kind, as streams of events have it. */
    static String event(ClusterEvent event) {
        return JSON.writeValueAsString(node(event));
    }

    /** Returns a change as a webhook gets it: {@code type}, {@code timestamp} and {@code data}. */
    public static byte[] message(ClusterEvent event) {
        var message =
                JSON.createObjectNode()
                        .put("type", event.kind())
                        .put("timestamp", event.at().toString());
        message.set("data", node(event));
        return JSON.writeValueAsBytes(message);
    }

    private static ObjectNode node(ClusterEvent event) {
        var values = JSON.createObjectNode().put("kind", event.kind());
        values.setAll((ObjectNode) JSON.valueToTree(event));
        return values;
    }
}
