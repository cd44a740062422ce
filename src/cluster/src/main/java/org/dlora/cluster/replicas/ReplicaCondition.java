package org.dlora.cluster.replicas;

import java.time.Instant;
import java.util.Locale;

/**
 * The condition of a replica.
 *
 * @param replica its id
 * @param reason why it does not serve, a sentence without a full stop; empty if it serves
 * @param since when it came into the state
 */
public record ReplicaCondition(String replica, State state, String reason, Instant since) {

    /** State of a replica. */
    public enum State {
        /** The replica takes requests. */
        SERVING,
        /** The replica has failed, and its memory is not free yet. */
        FENCED,
        /** The replica restarts, now or after a pause. */
        RESTARTING,
        /** The replica has ended for good. */
        CLOSED;

        /** Returns the state in lower case, as answers name it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns whether the replica takes requests. */
    public boolean isServing() {
        return state == State.SERVING;
    }
}
