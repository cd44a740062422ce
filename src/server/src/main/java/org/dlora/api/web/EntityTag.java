package org.dlora.api.web;

import org.dlora.catalogue.history.TextHash;
import org.springframework.http.server.reactive.ServerHttpResponse;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Strong tag of a state that administrators change (RFC 9110 §8.8.3). Counters of usage and times
 * that change by themselves are not in it. Servers of one version give the same state one tag.
 *
 * @param value in quotes, as {@code ETag} and {@code If-Match} have it
 */
public record EntityTag(String value) {
    private static final int DIGITS = 32;
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

    /**
     * Returns the tag of a state.
     *
     * @param state values of JSON; sets among them are sorted
     */
    public static EntityTag of(Object state) {
        var hash = TextHash.of(MAPPER.writeValueAsString(state));
        return new EntityTag('"' + hash.substring(0, DIGITS) + '"');
    }

    /** Puts the tag into an answer. */
    public void on(ServerHttpResponse answer) {
        answer.getHeaders().setETag(value);
    }
}
