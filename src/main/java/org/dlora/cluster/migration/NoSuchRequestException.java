package org.dlora.cluster.migration;

/** Refusal of an id that no unfinished request has. */
public final class NoSuchRequestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public NoSuchRequestException(String id) {
        super(
                "There is no unfinished request '%s'; a request has the id of its answer and the number of the sequence, such as 'cmpl-5c0f…-0', not the client's own id"
                        .formatted(id));
    }
}
