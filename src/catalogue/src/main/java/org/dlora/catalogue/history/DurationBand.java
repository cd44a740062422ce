package org.dlora.catalogue.history;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Band of a duration, by which the history finds slow requests. */
public enum DurationBand {
    UNDER_1S("under_1s", Duration.ofSeconds(1)),
    TO_10S("1s_to_10s", Duration.ofSeconds(10)),
    TO_1MIN("10s_to_1min", Duration.ofMinutes(1)),
    OVER_1MIN("over_1min", Duration.ofSeconds(Long.MAX_VALUE));

    private final String word;
    private final Duration end;

    DurationBand(String word, Duration end) {
        this.word = word;
        this.end = end;
    }

    /** Returns the word of the band in queries and in the database. */
    public String word() {
        return word;
    }

    /** Returns the words of all bands. */
    public static List<String> words() {
        return Arrays.stream(values()).map(DurationBand::word).toList();
    }

    /** Returns the band of the time from {@code from} to {@code to}; null if that is not known. */
    public static @Nullable DurationBand of(Instant from, @Nullable Instant to) {
        if (to == null) {
            return null;
        }
        var time = Duration.between(from, to);
        return Arrays.stream(values())
                .filter(band -> time.compareTo(band.end) < 0)
                .findFirst()
                .orElse(OVER_1MIN);
    }

    /** Returns the band of a word; empty if there is none. */
    public static Optional<DurationBand> named(String word) {
        return Arrays.stream(values()).filter(band -> band.word.equals(word)).findFirst();
    }
}
