package org.dlora.api.openai.responses;

import java.util.List;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Some of the items that a model got, in order.
 *
 * @param object {@code list}
 * @param data the items
 * @param firstId id of the first of them; null if there is none
 * @param hasMore whether more follow after {@code lastId}
 */
record ItemPage(
        String object,
        List<Object> data,
        @Nullable String firstId,
        @Nullable String lastId,
        boolean hasMore) {
    private static final int USUAL = 20;
    private static final int MOST = 100;

    /**
     * Returns the page that a query asks for: the last items first, unless {@code order=asc}.
     *
     * @throws ApiException if the query is malformed
     */
    static ItemPage of(List<ObjectNode> items, MultiValueMap<String, String> query) {
        var ordered = isAscending(query) ? items : items.reversed();
        int from = from(ordered, query.getFirst("after"));
        int to = Math.min(ordered.size(), from + limit(query.getFirst("limit")));
        var page = ordered.subList(from, to);
        return new ItemPage(
                "list",
                List.copyOf(page),
                page.isEmpty() ? null : id(page.getFirst()),
                page.isEmpty() ? null : id(page.getLast()),
                to < ordered.size());
    }

    private static boolean isAscending(MultiValueMap<String, String> query) {
        return switch (query.getFirst("order")) {
            case null -> false;
            case "desc" -> false;
            case "asc" -> true;
            case String other ->
                    throw ApiException.invalid(
                            "order", "'order' must be 'asc' or 'desc', but is '" + other + "'.");
        };
    }

    private static int limit(@Nullable String given) {
        if (given == null) {
            return USUAL;
        }
        try {
            return Fields.integer("limit", IntNode.valueOf(Integer.parseInt(given)), 1, MOST);
        } catch (NumberFormatException _) {
            throw ApiException.invalid(
                    "limit",
                    "'limit' must be an integer from 1 to %d, but is '%s'.".formatted(MOST, given));
        }
    }

    private static int from(List<ObjectNode> items, @Nullable String after) {
        if (after == null) {
            return 0;
        }
        for (int i = 0; i < items.size(); i++) {
            if (id(items.get(i)).equals(after)) {
                return i + 1;
            }
        }
        throw ApiException.invalid(
                "after", "'after' must be the id of an item, but is '" + after + "'.");
    }

    private static String id(ObjectNode item) {
        return item.get("id").asString();
    }
}
