package org.dlora.console.requests;

import java.time.Instant;
import java.util.Locale;

/**
 * A bar of the picture of a request's time, which is 1,000 units wide.
 *
 * @param x left edge
 * @param css class
 * @param title words that a pointer shows
 */
record Bar(String x, String width, String css, String title) {
    private static final double WIDTH = 1000;

    /** Least width of a part, so that the shortest one can be seen. */
    private static final double LEAST = 2;

    /**
     * Returns the bar of a span of time.
     *
     * @param begin time at the left edge of the picture
     * @param end time at its right edge
     */
    static Bar of(Instant begin, Instant end, Instant from, Instant to, String css, String title) {
        double whole = Math.max(RequestLine.seconds(begin, end), 1e-9);
        double x = Math.min(RequestLine.seconds(begin, from) / whole * WIDTH, WIDTH - LEAST);
        double width = Math.max(RequestLine.seconds(from, to) / whole * WIDTH, LEAST);
        return new Bar(units(x), units(Math.min(width, WIDTH - x)), css, title);
    }

    private static String units(double value) {
        return String.format(Locale.ROOT, "%.1f", Math.max(0, value));
    }
}
