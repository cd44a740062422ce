package org.dlora.cluster.residency;

/** Refusal of a request because no replica takes requests now. The client should try again. */
public final class NoReplicaException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public NoReplicaException() {
        super(
                "No replica is serving: they begin anew, or the server is shutting down; its log says why");
    }
}
