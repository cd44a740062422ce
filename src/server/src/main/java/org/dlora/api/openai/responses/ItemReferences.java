package org.dlora.api.openai.responses;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Items of kept answers that one input names. Each answer is looked up and parsed once, however
 * often it is named. Used by one thread at a time.
 */
final class ItemReferences {
    private final Function<String, Optional<StoredResponse>> responses;
    private final Map<String, ObjectNode> found = new HashMap<>();

    /**
     * @param responses finds kept answers by the id of an item
     */
    ItemReferences(Function<String, Optional<StoredResponse>> responses) {
        this.responses = responses;
    }

    /** Returns an item without what models do not get again; the same one for the same id. */
    Optional<ObjectNode> find(String id) {
        if (!found.containsKey(id)) {
            responses.apply(id).ifPresent(this::take);
        }
        return Optional.ofNullable(found.get(id));
    }

    private void take(StoredResponse response) {
        for (var item : response.outputItems()) {
            if (item.path("type").asString("").equals("reasoning")) {
                item.remove("content");
            }
            for (var part : item.path("content")) {
                if (part.get("logprobs") instanceof ArrayNode logprobs) {
                    logprobs.removeAll();
                }
            }
            found.put(item.get("id").asString(), item);
        }
    }
}
