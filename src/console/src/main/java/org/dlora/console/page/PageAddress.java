package org.dlora.console.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.web.util.UriUtils;

/** Addresses of this server with parameters, whose values may hold any characters. */
public final class PageAddress {
    private PageAddress() {}

    /** Returns the address of a path with one parameter. */
    public static String of(String path, String name, String value) {
        return of(path, Map.of(name, value));
    }

    /**
     * Returns the address of a path with parameters, in the order of the map. Those without a value
     * are left out.
     */
    public static String of(String path, Map<String, String> parameters) {
        var query =
                parameters.entrySet().stream()
                        .filter(one -> !one.getValue().isEmpty())
                        .map(one -> one.getKey() + "=" + UriUtils.encode(one.getValue(), UTF_8))
                        .collect(Collectors.joining("&"));
        return query.isEmpty() ? path : path + "?" + query;
    }
}
