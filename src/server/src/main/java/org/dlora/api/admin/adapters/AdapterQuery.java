package org.dlora.api.admin.adapters;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.dlora.api.web.ApiException;
import org.springframework.util.MultiValueMap;
import org.springframework.util.StringUtils;

/**
 * Filter, order and page of a list of adapters, as query parameters give them.
 *
 * @param sort empty for the order of {@code /v1/models}
 */
record AdapterQuery(
        String name,
        List<String> tags,
        String owner,
        String state,
        String sort,
        int offset,
        int limit) {

    private static final Set<String> NAMES =
            Set.of("name", "tag", "owner", "state", "sort", "offset", "limit");
    private static final Map<String, Comparator<ResidentBody>> ORDERS =
            Map.of(
                    "name", Comparator.comparing(body -> body.judged().name()),
                    "created", Comparator.comparing(body -> body.catalogued().created()),
                    "bytes", Comparator.comparingLong(ResidentBody::bytes),
                    "loads", Comparator.comparingLong(ResidentBody::loads),
                    "last_used",
                            Comparator.comparing(
                                    ResidentBody::lastUsed,
                                    Comparator.nullsFirst(Comparator.naturalOrder())));

    /**
     * Reads a query.
     *
     * @throws ApiException if it has anything else
     */
    static AdapterQuery read(MultiValueMap<String, String> query) {
        for (var given : query.keySet()) {
            if (!NAMES.contains(given)) {
                throw ApiException.unknown(given, NAMES);
            }
        }
        var sort = one(query, "sort");
        var order = sort.startsWith("-") ? sort.substring(1) : sort;
        if (!order.isEmpty() && !ORDERS.containsKey(order)) {
            throw ApiException.invalid(
                    "sort",
                    "'sort' is '%s'; expected name, created, bytes, loads or last_used, with '-' before it for the reverse."
                            .formatted(StringUtils.truncate(sort)));
        }
        return new AdapterQuery(
                one(query, "name").toLowerCase(Locale.ROOT),
                query.getOrDefault("tag", List.of()),
                one(query, "owner"),
                one(query, "state"),
                sort,
                number(query, "offset", 0),
                number(query, "limit", Integer.MAX_VALUE));
    }

    private static String one(MultiValueMap<String, String> query, String name) {
        var values = query.getOrDefault(name, List.of());
        if (values.size() > 1) {
            throw ApiException.invalid(name, "'" + name + "' is given twice.");
        }
        return values.isEmpty() || values.getFirst() == null ? "" : values.getFirst();
    }

    private static int number(MultiValueMap<String, String> query, String name, int usual) {
        var given = one(query, name);
        if (given.isEmpty()) {
            return usual;
        }
        if (!given.matches("\\d{1,9}")) {
            throw ApiException.wrong(name, "an integer of at least 0", given);
        }
        return Integer.parseInt(given);
    }

    /** Returns the adapters that the filter takes, in order. */
    List<ResidentBody> filtered(List<ResidentBody> adapters) {
        var taken = adapters.stream().filter(this::takes);
        var order = ORDERS.get(sort.startsWith("-") ? sort.substring(1) : sort);
        if (order == null) {
            return taken.toList();
        }
        return taken.sorted(sort.startsWith("-") ? order.reversed() : order).toList();
    }

    /** Returns the part of a list that the page has. */
    Stream<ResidentBody> page(List<ResidentBody> filtered) {
        return filtered.stream().skip(offset).limit(limit);
    }

    private boolean takes(ResidentBody body) {
        var catalogued = body.catalogued();
        return body.judged().name().toLowerCase(Locale.ROOT).contains(name)
                && catalogued.tags().containsAll(tags)
                && (owner.isEmpty() || owner.equals(catalogued.owner()))
                && (state.isEmpty() || state.equals(body.state()));
    }
}
