package org.dlora.cluster.history;

import org.jspecify.annotations.Nullable;

/**
 * Filter of requests; a row has all values that are not null.
 *
 * @param request the server's id of the request
 * @param model name that the client gave
 * @param user name of its user that the client gave
 * @param status {@code answered}, {@code failed} or {@code refused}
 * @param outcome finish reason or error code
 * @param apiKey id of the client's key
 * @param team of the key
 */
public record RequestFilter(
        @Nullable String request,
        @Nullable String clientId,
        @Nullable String model,
        @Nullable String adapter,
        @Nullable String user,
        @Nullable String status,
        @Nullable String outcome,
        @Nullable String apiKey,
        @Nullable String team) {}
