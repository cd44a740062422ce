package org.dlora.api.pools;

/**
 * Bounds of one pool.
 *
 * @param threads at least 1
 * @param queue calls that may wait for a thread
 */
public record PoolSettings(int threads, int queue) {

    /** Returns the most threads of a key: half of them. */
    int threadsOfKey() {
        return Math.max(1, threads / 2);
    }

    /** Returns the most threads of a team: all but one. */
    int threadsOfTeam() {
        return Math.max(1, threads - 1);
    }

    /** Returns the most waiting calls of a key: half of the queue. */
    int queueOfKey() {
        return queue / 2;
    }

    /** Returns the most waiting calls of a team: three quarters of the queue. */
    int queueOfTeam() {
        return queue * 3 / 4;
    }
}
