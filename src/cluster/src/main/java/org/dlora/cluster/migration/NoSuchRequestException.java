package org.dlora.cluster.migration;

/** Refusal of an id that no unfinished request has. */
public final class NoSuchRequestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public NoSuchRequestException(String id) {
        super("There is no unfinished request '%s'".formatted(id));
    }
}
