package org.dlora.console.adapters;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dlora.console.page.PageAddress;
import org.springframework.util.MultiValueMap;

/**
 * Filter, order and page of the list, as its address has them. What an address has beside them is
 * ignored.
 *
 * @param text that the name contains, in any case
 * @param team that owns the name
 * @param sort a column, with {@code -} before it for the reverse; empty for the order of {@code
 *     /v1/models}
 * @param page from 1
 */
record AdapterFilter(
        String text, String state, String tag, String owner, String team, String sort, int page) {
    static final int PAGE = 100;

    private static final Map<String, Comparator<ListedAdapter>> ORDERS =
            Map.of(
                    "name", Comparator.comparing(ListedAdapter::name),
                    "state", Comparator.comparing(ListedAdapter::state),
                    "rank", Comparator.comparingInt(ListedAdapter::rank),
                    "size", Comparator.comparing(ListedAdapter::bytes, nulls()),
                    "version", Comparator.comparingInt(ListedAdapter::version),
                    "rate", Comparator.comparingDouble(ListedAdapter::rate),
                    "used", Comparator.comparing(ListedAdapter::lastUsed, nulls()),
                    "fidelity", Comparator.comparing(ListedAdapter::fidelity, nulls()));

    private static <T extends Comparable<T>> Comparator<T> nulls() {
        return Comparator.nullsFirst(Comparator.naturalOrder());
    }

    static AdapterFilter of(MultiValueMap<String, String> query) {
        var sort = text(query, "sort");
        return new AdapterFilter(
                text(query, "q"),
                text(query, "state"),
                text(query, "tag"),
                text(query, "owner"),
                text(query, "team"),
                ORDERS.containsKey(column(sort)) ? sort : "",
                number(text(query, "page")));
    }

    private static String text(MultiValueMap<String, String> query, String name) {
        var text = query.getFirst(name);
        return text == null ? "" : text.strip();
    }

    private static int number(String text) {
        return text.matches("[1-9]\\d{0,6}") ? Integer.parseInt(text) : 1;
    }

    private static String column(String sort) {
        return sort.startsWith("-") ? sort.substring(1) : sort;
    }

    /** Returns the adapters that the filter takes, in order. */
    List<ListedAdapter> filtered(List<ListedAdapter> rows) {
        var wanted = text.toLowerCase(Locale.ROOT);
        var taken =
                rows.stream()
                        .filter(row -> row.name().toLowerCase(Locale.ROOT).contains(wanted))
                        .filter(row ->
                                state.isEmpty()
                                        || row.state().equals(state)
                                        || (state.equals("pinned") && row.pinned())
                                        || (state.equals("merged") && !row.merged().isEmpty()))
                        .filter(row -> tag.isEmpty() || row.tags().contains(tag))
                        .filter(row -> owner.isEmpty() || row.owner().equals(owner))
                        .filter(row -> team.isEmpty() || row.teams().contains(team));
        var order = ORDERS.get(column(sort));
        if (order == null) {
            return taken.toList();
        }
        return taken.sorted(sort.startsWith("-") ? order.reversed() : order).toList();
    }

    /** Returns the rows of the page. */
    List<ListedAdapter> onPage(List<ListedAdapter> filtered) {
        return filtered.stream().skip((long) PAGE * (page - 1)).limit(PAGE).toList();
    }

    /** Returns whether something is filtered out. */
    public boolean isActive() {
        return !(text.isEmpty()
                && state.isEmpty()
                && tag.isEmpty()
                && owner.isEmpty()
                && team.isEmpty());
    }

    /** Returns the value of {@code aria-sort} of a column. */
    public String order(String column) {
        if (!column(sort).equals(column)) {
            return "none";
        }
        return sort.startsWith("-") ? "descending" : "ascending";
    }

    /** Returns the address of the list sorted by a column; a second time it is reversed. */
    public String sorted(String column) {
        var next = sort.equals(column) ? "-" + column : column;
        return address(new AdapterFilter(text, state, tag, owner, team, next, 1));
    }

    /** Returns the address of another page. */
    public String at(int other) {
        return address(new AdapterFilter(text, state, tag, owner, team, sort, other));
    }

    private static String address(AdapterFilter filter) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("q", filter.text);
        fields.put("state", filter.state);
        fields.put("tag", filter.tag);
        fields.put("owner", filter.owner);
        fields.put("team", filter.team);
        fields.put("sort", filter.sort);
        fields.put("page", filter.page == 1 ? "" : String.valueOf(filter.page));
        return PageAddress.of("/console/adapters", fields);
    }
}
