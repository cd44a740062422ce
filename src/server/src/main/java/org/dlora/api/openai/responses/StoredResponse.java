package org.dlora.api.openai.responses;

import java.util.ArrayList;
import java.util.List;
import org.dlora.api.web.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A response that is kept, with the conversation up to it. So it does not need the earlier
 * responses, which may be gone.
 *
 * @param response JSON of the response
 * @param input JSON object whose {@code data} are all items that the model got
 * @param outputs ids of the items of its output
 */
record StoredResponse(
        String id, ResponseOwner owner, byte[] response, byte[] input, List<String> outputs) {
    /** Bytes beside the texts, about. */
    private static final long OVERHEAD = 500;

    /** The items as they are kept. */
    private record Items(List<ObjectNode> data) {}

    static StoredResponse of(
            ResponseBody response, byte[] json, List<ObjectNode> input, ResponseOwner owner) {
        return new StoredResponse(
                response.id(),
                owner,
                json,
                Json.bytes(new Items(input)),
                response.output().stream().map(OutputItem::id).toList());
    }

    /** Returns what it takes, in bytes. */
    long size() {
        return OVERHEAD + response.length + input.length;
    }

    /** Returns all items that the model got. */
    List<ObjectNode> inputItems() {
        return objects(Json.object(input).get("data"));
    }

    /** Returns the items that the model gave. */
    List<ObjectNode> outputItems() {
        return objects(Json.object(response).get("output"));
    }

    /** Returns the conversation with its end. */
    List<ObjectNode> conversation() {
        var all = new ArrayList<>(inputItems());
        all.addAll(outputItems());
        return all;
    }

    private static List<ObjectNode> objects(JsonNode array) {
        var objects = new ArrayList<ObjectNode>();
        for (var one : array) {
            objects.add((ObjectNode) one);
        }
        return objects;
    }
}
