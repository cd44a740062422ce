package org.dlora.cluster.migration;

import org.dlora.cluster.requests.StreamPause;

/** Observer of requests that move between replicas. Must return at once. Thread-safe. */
public interface MigrationObserver {

    /** Takes a move that has ended. Its pause may not be known yet. */
    void ended(MigrationRecord move);

    /** Takes the pause of a stream, once its first token after the move has been delivered. */
    void resumed(StreamPause pause);
}
