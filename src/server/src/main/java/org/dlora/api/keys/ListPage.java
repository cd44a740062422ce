package org.dlora.api.keys;

import java.util.List;
import java.util.function.Function;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.QueryFields;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/**
 * A page of a list in memory, as the parameters {@code limit} and {@code after} ask for it; without
 * them all of the list.
 *
 * @param next {@code after} of the next page, null if this is the last
 */
public record ListPage<T>(List<T> rows, @Nullable String next) {
    private static final int MOST = 10_000;

    public ListPage {
        rows = List.copyOf(rows);
    }

    /**
     * Returns the page that a query asks for.
     *
     * @param all the whole list, in order
     * @param name that a row alone has
     * @throws ApiException with status 400 if the query has anything else, or names no row
     */
    public static <T> ListPage<T> of(
            MultiValueMap<String, String> query, List<T> all, Function<T, String> name) {
        return of(query, all, name, after -> after(after, all, name));
    }

    /**
     * Returns the page of a list in the order of its names, in which the row that {@code after}
     * names need not be any more.
     *
     * @param all the whole list, in order
     * @param name that a row alone has
     * @throws ApiException with status 400 if the query has anything else
     */
    public static <T> ListPage<T> ofSorted(
            MultiValueMap<String, String> query, List<T> all, Function<T, String> name) {
        return of(
                query,
                all,
                name,
                after -> all.stream().filter(row -> name.apply(row).compareTo(after) > 0).toList());
    }

    private static <T> ListPage<T> of(
            MultiValueMap<String, String> query,
            List<T> all,
            Function<T, String> name,
            Function<String, List<T>> follow) {
        var fields = new QueryFields(query);
        var after = fields.text("after");
        int limit = fields.count("limit", Integer.MAX_VALUE, MOST);
        fields.end();
        var rest = after == null ? all : follow.apply(after);
        boolean isLast = rest.size() <= limit;
        var rows = isLast ? rest : rest.subList(0, limit);
        return new ListPage<>(rows, isLast ? null : name.apply(rows.getLast()));
    }

    private static <T> List<T> after(String after, List<T> all, Function<T, String> name) {
        for (int i = 0; i < all.size(); i++) {
            if (name.apply(all.get(i)).equals(after)) {
                return all.subList(i + 1, all.size());
            }
        }
        throw ApiException.wrong(
                "after",
                "'next' of the page before, whose last row may have been removed since: begin anew without it",
                after);
    }

    /** Returns the bodies of the rows. */
    public <R> List<R> bodies(Function<T, R> body) {
        return rows.stream().map(body).toList();
    }
}
