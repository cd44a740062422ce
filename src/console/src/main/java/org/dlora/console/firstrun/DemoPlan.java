package org.dlora.console.firstrun;

import java.time.Duration;
import java.util.List;

/**
 * Plan of the demo traffic: a minute with a burst for one hot adapter in its middle. The burst
 * comes in volleys, each sent once a quarter of the last one is left, so that queues grow and
 * shrink however fast the model is. Pure; it is asked again and again how many requests are due.
 *
 * @param hot name of the adapter that gets most requests of the burst
 * @param others names of the other adapters
 */
record DemoPlan(String hot, List<String> others) {
    /** Longest time in which requests are sent. */
    static final Duration LENGTH = Duration.ofSeconds(60);

    /** Most requests of a run. */
    static final int MOST_REQUESTS = 2000;

    /** Most requests at a time. */
    static final int MOST_IN_FLIGHT = 160;

    private static final Duration BURST_BEGIN = Duration.ofSeconds(12);
    private static final Duration BURST_END = Duration.ofSeconds(42);
    private static final int CALM_IN_FLIGHT = 6;
    private static final int CALM_AT_ONCE = 1;

    /** Requests in flight that a volley of the burst waits for, as the one before runs out. */
    private static final int VOLLEY_BELOW = MOST_IN_FLIGHT / 4;

    /** Requests of the burst per request that is not for the hot adapter. */
    private static final int ONE_OTHER_IN = 6;

    DemoPlan {
        others = List.copyOf(others);
        if (others.isEmpty()) {
            throw new IllegalArgumentException("A plan needs an adapter beside " + hot);
        }
    }

    /** Returns whether no more requests are sent. */
    boolean isOver(Duration elapsed, int sent) {
        return elapsed.compareTo(LENGTH) >= 0 || sent >= MOST_REQUESTS;
    }

    private static boolean isBurst(Duration elapsed) {
        return elapsed.compareTo(BURST_BEGIN) >= 0 && elapsed.compareTo(BURST_END) < 0;
    }

    /**
     * Returns how many requests are to be sent now.
     *
     * @param inFlight requests that have not ended
     */
    int due(Duration elapsed, int sent, int inFlight) {
        if (isOver(elapsed, sent)) {
            return 0;
        }
        boolean isBurst = isBurst(elapsed);
        if (isBurst && inFlight > VOLLEY_BELOW) {
            return 0;
        }
        int room = (isBurst ? MOST_IN_FLIGHT : CALM_IN_FLIGHT) - inFlight;
        int most = Math.min(isBurst ? MOST_IN_FLIGHT : CALM_AT_ONCE, MOST_REQUESTS - sent);
        return Math.clamp(room, 0, most);
    }

    /** Returns the adapter of the request after {@code sent} others. */
    String adapter(Duration elapsed, int sent) {
        if (isBurst(elapsed) && sent % ONE_OTHER_IN != 0) {
            return hot;
        }
        int all = others.size() + 1;
        int turn = (isBurst(elapsed) ? sent / ONE_OTHER_IN : sent) % all;
        return turn == 0 ? hot : others.get(turn - 1);
    }

    /** Returns whether requests are to move between replicas by hand. */
    boolean moves(Duration elapsed) {
        return isBurst(elapsed);
    }
}
