package org.dlora.security.limits;

import java.math.BigDecimal;
import java.time.Duration;

/**
 * A duration as OpenAI's headers have it: {@code 20ms}, {@code 1.5s}, {@code 6m0s}, {@code 1h0m2s}.
 */
public final class ShortDuration {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int MILLIS = 1000;

    private ShortDuration() {}

    /** Returns a duration, rounded up to milliseconds. */
    public static String of(Duration duration) {
        long millis = duration.plusNanos(999_999).toMillis();
        var rounded = Duration.ofMillis(millis);
        if (millis > 0 && rounded.compareTo(SECOND) < 0) {
            return millis + "ms";
        }
        var seconds =
                BigDecimal.valueOf(rounded.toSecondsPart())
                        .add(
                                BigDecimal.valueOf(rounded.toMillisPart())
                                        .divide(BigDecimal.valueOf(MILLIS)))
                        .stripTrailingZeros()
                        .toPlainString();
        long hours = rounded.toHours();
        var minutes = hours > 0 || rounded.toMinutes() > 0 ? rounded.toMinutesPart() + "m" : "";
        return (hours > 0 ? hours + "h" : "") + minutes + seconds + "s";
    }
}
