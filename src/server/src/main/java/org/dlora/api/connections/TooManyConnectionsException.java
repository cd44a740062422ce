package org.dlora.api.connections;

/** A connection beyond the most that the server has at once, while all others have requests. */
public final class TooManyConnectionsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManyConnectionsException(int most) {
        super(
                "The server has %d connections with requests, which is the most it takes (dlora.http.max-connections)"
                        .formatted(most),
                null,
                false,
                false);
    }
}
