package org.dlora.catalogue;

import org.dlora.replica.request.GenerationEvent.Failed;

/** A replica could not serve a replay to its end. */
public final class ReplayFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Failed failure;

    ReplayFailedException(Failed failure) {
        super(failure.message());
        this.failure = failure;
    }

    /** Returns the failure, as the client of a request would get it. */
    public Failed failure() {
        return failure;
    }
}
