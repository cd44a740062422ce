package org.dlora.api.connections;

/** A body that finds no room, because those of other calls take it. */
public final class TooManyBodiesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManyBodiesException(long most) {
        super(
                "The bodies of calls that wait take %,d bytes, which is the most that the server keeps (dlora.http.max-bodies)"
                        .formatted(most),
                null,
                false,
                false);
    }
}
