package org.dlora.console.requests;

import java.time.Duration;
import java.time.Instant;
import org.dlora.catalogue.history.EndedRequest;
import org.jspecify.annotations.Nullable;

/**
 * A request in the list.
 *
 * @param ttft seconds from its arrival to its first token; null if it had none
 * @param took seconds from its arrival to its end
 * @param badge class of the badge of its outcome
 * @param interruptions preemptions, moves and rescues in words; empty if there were none
 */
public record RequestLine(
        EndedRequest row,
        Instant done,
        @Nullable Double ttft,
        double took,
        String badge,
        String interruptions) {

    static RequestLine of(EndedRequest row) {
        var first = row.firstToken();
        return new RequestLine(
                row,
                row.done(),
                first == null ? null : (Double) seconds(row.arrived(), first),
                seconds(row.arrived(), row.done()),
                badge(row),
                interruptions(row));
    }

    /** Returns seconds between two row. */
    static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e9;
    }

    static String badge(EndedRequest row) {
        if (!row.status().equals("answered")) {
            return "bad";
        }
        return row.outcome().equals("cancelled") ? "warn" : "good";
    }

    private static String interruptions(EndedRequest row) {
        var words = new StringBuilder();
        count(words, row.preemptions(), "preempted");
        count(words, row.migrations(), "moved");
        count(words, row.rescues(), "rescued");
        return words.toString();
    }

    private static void count(StringBuilder words, int times, String what) {
        if (times > 0) {
            words.append(words.isEmpty() ? "" : ", ").append(what);
            if (times > 1) {
                words.append(" %d times".formatted(times));
            }
        }
    }
}
