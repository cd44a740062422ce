package org.dlora.api.openai.call;

import org.dlora.replica.request.GenerationEvent;
import org.jspecify.annotations.Nullable;

/** Clock of the one answer of a call: when it was begun, and when its tokens came. Thread-safe. */
final class CallTimes {
    private static final double NANOS_PER_MILLISECOND = 1e6;

    private final long arrived;
    private @Nullable Long begun;
    private @Nullable Long first;
    private long last;
    private int tokens;

    /**
     * @param arrived {@link System#nanoTime} when the call arrived
     */
    CallTimes(long arrived) {
        this.arrived = arrived;
    }

    /** Notes that the first rows are about to be computed; a later note changes nothing. */
    synchronized void began(long nanos) {
        if (begun == null) {
            begun = nanos;
        }
    }

    /** Notes an event that came at {@code nanos}. */
    synchronized void on(GenerationEvent event, long nanos) {
        if (event instanceof GenerationEvent.Token) {
            if (first == null) {
                first = nanos;
            }
            last = nanos;
            tokens++;
        }
    }

    /** Returns the times so far, as vLLM has them. */
    synchronized AnswerTimings timings() {
        var start = begun;
        var token = first;
        if (start == null || token == null) {
            return AnswerTimings.NONE;
        }
        double whole = milliseconds(start, last);
        return new AnswerTimings(
                milliseconds(start, token),
                milliseconds(token, last),
                milliseconds(arrived, start),
                tokens < 2 ? null : milliseconds(token, last) / (tokens - 1),
                whole > 0 ? tokens / whole * 1000 : null);
    }

    private static double milliseconds(long from, long to) {
        return Math.max(0, to - from) / NANOS_PER_MILLISECOND;
    }
}
