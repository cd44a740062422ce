package org.dlora.api.admin.cluster;

import java.util.Set;
import java.util.regex.Pattern;
import org.dlora.api.web.ApiException;
import org.springframework.util.MultiValueMap;

/**
 * The only query parameter of an endpoint: how many of the last decisions it answers.
 *
 * @param usual value where none is given
 */
record CountParameter(String name, int usual, int max) {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    /**
     * Returns the value in a query.
     *
     * @throws ApiException with status 400 if it is no integer from 0 to {@code max}, or there are
     *     other parameters
     */
    int read(MultiValueMap<String, String> query) {
        for (var given : query.keySet()) {
            if (!given.equals(name)) {
                throw ApiException.unknown(given, Set.of(name));
            }
        }
        if (!query.containsKey(name)) {
            return usual;
        }
        var given = String.join(",", query.get(name));
        int count = NUMBER.matcher(given).matches() ? Integer.parseInt(given) : -1;
        if (count < 0 || count > max) {
            throw ApiException.wrong(name, "an integer from 0 to " + max, given);
        }
        return count;
    }
}
