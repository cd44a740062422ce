package org.dlora.console.requests;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.history.DurationBand;
import org.dlora.catalogue.history.Page;
import org.dlora.catalogue.history.RequestFilter;
import org.dlora.catalogue.history.RequestOrder;
import org.dlora.catalogue.history.SlowRequests;
import org.dlora.console.page.PageAddress;
import org.dlora.console.page.UtcTime;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/**
 * Filter and place of the list of requests, as its URL has them. The names are those of {@code GET
 * /admin/requests}, so that the same filter leads to the same rows as CSV.
 *
 * @param given parameters that are not empty
 */
record RequestQuery(Map<String, String> given, RequestFilter filter, Page page) {
    /** Ids as answers have them; a request's id has the number of the choice besides. */
    private static final Pattern ANSWER = Pattern.compile("((chat)?cmpl-|resp_)[0-9a-f]{32}");

    private static final String FIRST_CHOICE = "-0";
    private static final Pattern MILLISECONDS = Pattern.compile("\\d{1,10}");

    /** Rows of a page. */
    static final int ROWS = 50;

    private static final int CSV_ROWS = 10_000;
    private static final List<String> NAMES =
            List.of(
                    "id",
                    "model",
                    "adapter",
                    "user",
                    "api_key",
                    "team",
                    "status",
                    "outcome",
                    "ttft",
                    "duration",
                    "min_ttft_ms",
                    "min_duration_ms",
                    "order",
                    "since",
                    "until",
                    "after");

    /** Filters that are used less, which the page folds away while none of them is given. */
    private static final Set<String> RARER =
            Set.of(
                    "model",
                    "user",
                    "api_key",
                    "team",
                    "outcome",
                    "ttft",
                    "duration",
                    "min_ttft_ms",
                    "since",
                    "until");

    /**
     * Reads a URL.
     *
     * @throws ApiException if a value is not one that the filter knows
     */
    static RequestQuery read(MultiValueMap<String, String> url) {
        var given = new LinkedHashMap<String, String>();
        for (var name : NAMES) {
            var value = url.getFirst(name);
            if (value != null && !value.isBlank()) {
                given.put(name, value.strip());
            }
        }
        given.replaceAll((name, value) ->
                name.equals("id") && ANSWER.matcher(value).matches()
                        ? value + FIRST_CHOICE
                        : value);
        var filter =
                new RequestFilter(
                        given.get("id"),
                        null,
                        given.get("model"),
                        given.get("adapter"),
                        given.get("user"),
                        given.get("status"),
                        given.get("outcome"),
                        given.get("api_key"),
                        given.get("team"),
                        band(given, "ttft"),
                        band(given, "duration"),
                        slow(given));
        // One more than is shown says whether there is another page.
        var page =
                new Page(
                        key(given),
                        ROWS + 1,
                        UtcTime.read("since", given.get("since")),
                        UtcTime.read("until", given.get("until")));
        return new RequestQuery(Map.copyOf(given), filter, page);
    }

    private static SlowRequests slow(Map<String, String> given) {
        var order = given.get("order");
        return new SlowRequests(
                milliseconds(given, "min_ttft_ms"),
                milliseconds(given, "min_duration_ms"),
                order == null
                        ? RequestOrder.NEWEST
                        : RequestOrder.named(order)
                                .orElseThrow(() ->
                                        ApiException.wrong(
                                                "order", "an order of the list", order)));
    }

    private static @Nullable Long milliseconds(Map<String, String> given, String name) {
        var text = given.get(name);
        if (text == null) {
            return null;
        }
        if (!MILLISECONDS.matcher(text).matches()) {
            throw ApiException.wrong(name, "milliseconds, a whole number", text);
        }
        return Long.valueOf(text);
    }

    private static @Nullable DurationBand band(Map<String, String> given, String name) {
        var word = given.get(name);
        return word == null
                ? null
                : DurationBand.named(word)
                        .orElseThrow(() -> ApiException.wrong(name, "a band of the list", word));
    }

    private static @Nullable Long key(Map<String, String> given) {
        var text = given.get("after");
        try {
            return text == null ? null : Long.valueOf(text);
        } catch (NumberFormatException _) {
            throw ApiException.wrong("after", "the key of a row", String.valueOf(text));
        }
    }

    /** Returns a value for its field; empty text if it is not given. */
    public String value(String name) {
        return given.getOrDefault(name, "");
    }

    /** Returns whether anything is filtered by a field that the page does not show at once. */
    public boolean hasRarer() {
        return given.keySet().stream().anyMatch(RARER::contains);
    }

    /** Returns whether anything is filtered. */
    public boolean isFiltered() {
        return given.keySet().stream()
                .anyMatch(name -> !name.equals("after") && !name.equals("order"));
    }

    /** Returns the list after a row. */
    String next(long key) {
        return link("/console/requests", Map.of("after", Long.toString(key)));
    }

    /** Returns whether the page is the list's first. */
    public boolean isFirst() {
        return page.after() == null;
    }

    /** Returns the list from its begin. */
    public String first() {
        var url = new LinkedHashMap<>(given);
        url.remove("after");
        return PageAddress.of("/console/requests", url);
    }

    /** Returns the list, those that took longest first. */
    public String slowest() {
        var url = new LinkedHashMap<>(given);
        url.remove("after");
        url.put("order", RequestOrder.DURATION.word());
        return PageAddress.of("/console/requests", url);
    }

    /** Returns the list of what ended within the last {@code hours}. */
    public String within(int hours) {
        var since = Instant.now().minus(hours, ChronoUnit.HOURS).truncatedTo(ChronoUnit.MINUTES);
        var url = new LinkedHashMap<>(given);
        url.remove("after");
        url.remove("until");
        url.put("since", UtcTime.field(since));
        return PageAddress.of("/console/requests", url);
    }

    /** Returns the same rows, from the begin, as CSV. */
    public String csv() {
        var url = new LinkedHashMap<>(given);
        url.remove("after");
        if (page.since() != null) {
            url.put("since", page.since().toString());
        }
        if (page.until() != null) {
            url.put("until", page.until().toString());
        }
        url.put("limit", Integer.toString(CSV_ROWS));
        url.put("format", "csv");
        return PageAddress.of("/admin/requests", url);
    }

    private String link(String path, Map<String, String> other) {
        var url = new LinkedHashMap<>(given);
        url.putAll(other);
        return PageAddress.of(path, url);
    }
}
