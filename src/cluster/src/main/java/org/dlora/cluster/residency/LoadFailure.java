package org.dlora.cluster.residency;

import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent.Failed;

/**
 * The reason why an adapter was not loaded.
 *
 * @param message sentence for the clients whose requests waited for the adapter
 */
record LoadFailure(FailureCode code, String message) {
    static final LoadFailure SHUTTING_DOWN =
            new LoadFailure(FailureCode.SHUTTING_DOWN, "The server is shutting down");

    static LoadFailure of(FailureCode code, Throwable cause) {
        return new LoadFailure(code, String.valueOf(cause.getMessage()));
    }

    /** Returns the failure of an adapter that can never fit here. */
    static LoadFailure tooLarge(String name, String sizes) {
        return new LoadFailure(
                FailureCode.ADAPTER_TOO_LARGE,
                "Adapter '%s' does not fit into the memory: %s".formatted(name, sizes));
    }

    /** Returns the failure of an adapter that fits again once a replica has given memory back. */
    static LoadFailure lacksRoom(String name, String sizes) {
        return new LoadFailure(
                FailureCode.ADAPTER_NOT_LOADED,
                "Adapter '%s' does not fit while a replica that has failed holds memory: %s. Try again later"
                        .formatted(name, sizes));
    }

    /** Returns the failure of a load that may succeed later. */
    static LoadFailure undone(String name, Throwable cause) {
        var reason =
                cause instanceof OutOfMemoryError
                        ? "there is not enough memory"
                        : "see the server's log";
        return new LoadFailure(
                FailureCode.ADAPTER_NOT_LOADED,
                "Adapter '%s' could not be loaded: %s. Try again shortly".formatted(name, reason));
    }

    /**
     * Returns the failure of an adapter whose files could not be read, which is tried again.
     *
     * @param problem names the files
     */
    static LoadFailure unread(String name, String problem) {
        return new LoadFailure(
                FailureCode.ADAPTER_NOT_LOADED,
                "Adapter '%s' could not be read: %s".formatted(name, problem));
    }

    /** Returns the last event of a request that waited. */
    Failed event() {
        return new Failed(code, message);
    }
}
