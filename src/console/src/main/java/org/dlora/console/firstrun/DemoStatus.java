package org.dlora.console.firstrun;

import java.time.Instant;

/**
 * A run of the demo traffic.
 *
 * @param by user who started the traffic
 * @param seconds since its begin, at most its length
 * @param hot adapter that gets most requests
 * @param sent requests
 * @param answered requests with a whole answer
 * @param failed requests that failed or were refused
 * @param ended requests that were cancelled with the run
 * @param moved requests that another replica took over, by order of the run
 * @param isRunning whether requests are still sent
 * @param words how it ended, empty while it runs
 */
record DemoStatus(
        String by,
        Instant began,
        double seconds,
        String hot,
        int sent,
        int answered,
        int failed,
        int ended,
        int moved,
        boolean isRunning,
        String words) {

    /** Returns the requests that have not ended. */
    public int inFlight() {
        return sent - answered - failed - ended;
    }

    /** Returns the longest time of a run, seconds. */
    public long length() {
        return DemoPlan.LENGTH.toSeconds();
    }

    /** Returns the most requests of a run. */
    public int most() {
        return DemoPlan.MOST_REQUESTS;
    }
}
