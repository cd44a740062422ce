package org.dlora.catalogue.history;

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
 * @param ttft time from the arrival to the first token
 * @param duration time from the arrival to the end
 * @param slow least times, and the order of the list
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
        @Nullable String team,
        @Nullable DurationBand ttft,
        @Nullable DurationBand duration,
        SlowRequests slow) {
    /** All rows. */
    public static final RequestFilter ALL =
            new RequestFilter(null, null, null, null, null, null, null, null, null);

    /** A filter for requests of any duration. */
    public RequestFilter(
            @Nullable String request,
            @Nullable String clientId,
            @Nullable String model,
            @Nullable String adapter,
            @Nullable String user,
            @Nullable String status,
            @Nullable String outcome,
            @Nullable String apiKey,
            @Nullable String team) {
        this(
                request,
                clientId,
                model,
                adapter,
                user,
                status,
                outcome,
                apiKey,
                team,
                null,
                null,
                SlowRequests.ANY);
    }
}
