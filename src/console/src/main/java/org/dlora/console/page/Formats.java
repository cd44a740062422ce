package org.dlora.console.page;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Figures as the pages show them: with units, and a dash where there is none. */
public enum Formats {
    ALL;

    private static final String NONE = "–";
    private static final String USER = "user:";

    /** Characters behind the first hyphen from which an id without a number is shortened. */
    private static final int LONG_ID = 24;

    private static final int SHORT_ID = 8;

    /** The blank between a number and its unit, in words. */
    private static final Pattern UNIT =
            Pattern.compile("(?<=\\d) (?=(?:µs|ms|s|min|h|d|B|kB|MB|GB|TB|%|tokens/s)(?!\\w))");

    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    /** Returns a number of bytes: {@code 1.4 GB}. Units are powers of 1000, as in settings. */
    public String bytes(@Nullable Number bytes) {
        if (bytes == null) {
            return NONE;
        }
        double value = bytes.doubleValue();
        for (var unit : new String[] {"B", "kB", "MB", "GB"}) {
            if (Math.abs(value) < 999.5) {
                return number(value, unit.equals("B") || value >= 100 ? 0 : 1) + " " + unit;
            }
            value /= 1000;
        }
        return number(value, 1) + " TB";
    }

    /** Returns a number of seconds: {@code 12 ms}, {@code 3.4 s}, {@code 5 min}, {@code 2 h}. */
    public String seconds(@Nullable Number seconds) {
        if (seconds == null || !Double.isFinite(seconds.doubleValue())) {
            return NONE;
        }
        double value = seconds.doubleValue();
        if (value != 0 && Math.abs(value) < 0.00005) {
            return number(value * 1e6, 0) + " µs";
        }
        if (Math.abs(value) < 0.9995) {
            return number(value * 1000, Math.abs(value) < 0.01 ? 1 : 0) + " ms";
        }
        if (value < 120) {
            return number(value, value < 10 ? 2 : 1) + " s";
        }
        if (value < 7200) {
            return number(value / 60, 0) + " min";
        }
        return value < 172_800 ? number(value / 3600, 0) + " h" : number(value / 86_400, 0) + " d";
    }

    /** Returns a duration, as {@link #seconds} does. */
    public String duration(@Nullable Duration duration) {
        return duration == null ? NONE : seconds(duration.toNanos() / 1e9);
    }

    /** Returns a whole number with narrow no-break spaces between thousands. */
    public String count(@Nullable Number count) {
        return count == null
                ? NONE
                : String.format(Locale.ROOT, "%,d", count.longValue()).replace(',', '\u202f');
    }

    /** Returns a number with {@code digits} after the point. */
    public String number(@Nullable Number number, int digits) {
        return number == null || !Double.isFinite(number.doubleValue())
                ? NONE
                : String.format(Locale.ROOT, "%." + digits + "f", number.doubleValue())
                        .replace('-', '\u2212');
    }

    /** Returns a share from 0 to 1 as {@code 12 %}. */
    public String percent(@Nullable Number share) {
        return share == null || !Double.isFinite(share.doubleValue())
                ? NONE
                : number(share.doubleValue() * 100, 0) + " %";
    }

    /** Returns a sentence whose numbers stay with their units where it is broken into lines. */
    public String unparted(@Nullable String sentence) {
        return sentence == null ? "" : UNIT.matcher(sentence).replaceAll("\u00a0");
    }

    /** Returns a time in UTC, which a browser with scripts replaces by its own zone's. */
    public String time(@Nullable Instant time) {
        return time == null ? NONE : UTC.format(time);
    }

    /** Returns a time for {@code datetime} of the element {@code time}; empty for none. */
    public String iso(@Nullable Instant time) {
        return time == null ? "" : time.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** Returns the author of an action in words: the name of a user, else the key or address. */
    public String actor(String actor) {
        return actor.startsWith(USER) ? actor.substring(USER.length()) : actor;
    }

    /**
     * Returns the id of a request without its middle, for tables: {@code cmpl-0fb46d66…-50}. Others
     * stay as they are.
     */
    public String shortId(String id) {
        int first = id.indexOf('-');
        int last = id.lastIndexOf('-');
        if (first >= 0 && first == last && id.length() - first > LONG_ID) {
            return id.substring(0, first + 1 + SHORT_ID) + "…";
        }
        return first < 0 || last - first <= SHORT_ID + 1
                ? id
                : id.substring(0, first + 1 + SHORT_ID) + "…" + id.substring(last);
    }
}
