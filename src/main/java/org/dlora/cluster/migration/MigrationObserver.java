package org.dlora.cluster.migration;

/** Observer of requests that move between replicas. Must return at once. Thread-safe. */
public interface MigrationObserver {

    /** Takes a move that has ended. Its pause may not be known yet. */
    void ended(MigrationRecord move);

    /**
     * Takes the seconds between two tokens of a stream across a move, once the second one has been
     * delivered.
     */
    void resumed(double pause);
}
