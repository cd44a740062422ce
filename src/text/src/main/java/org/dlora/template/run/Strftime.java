package org.dlora.template.run;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;
import org.dlora.template.sandbox.OutputBuffer;

/**
 * Python's {@code strftime} of a time without a zone, in the C locale, with glibc's {@code %-d}.
 */
public final class Strftime {

    private final LocalDateTime time;

    public Strftime(LocalDateTime time) {
        this.time = time;
    }

    public void format(String format, OutputBuffer out) {
        for (int at = 0; at < format.length(); at++) {
            char character = format.charAt(at);
            if (character != '%' || at + 1 == format.length()) {
                out.append(character);
                continue;
            }
            boolean unpadded = format.charAt(at + 1) == '-' && at + 2 < format.length();
            at += unpadded ? 2 : 1;
            var text = directive(format.charAt(at));
            out.append(unpadded ? unpadded(text) : text);
        }
    }

    private static String unpadded(String number) {
        int start = 0;
        while (start < number.length() - 1 && "0 ".indexOf(number.charAt(start)) >= 0) {
            start++;
        }
        return number.substring(start);
    }

    private String directive(char directive) {
        return switch (directive) {
            case 'Y' -> String.valueOf(time.getYear());
            case 'C' -> two(time.getYear() / 100);
            case 'y' -> two(time.getYear() % 100);
            case 'm' -> two(time.getMonthValue());
            case 'd' -> two(time.getDayOfMonth());
            case 'e' -> String.format("%2d", time.getDayOfMonth());
            case 'H' -> two(time.getHour());
            case 'I' -> two((time.getHour() + 11) % 12 + 1);
            case 'M' -> two(time.getMinute());
            case 'S' -> two(time.getSecond());
            case 'f' -> String.format("%06d", time.getNano() / 1000);
            case 'j' -> String.format("%03d", time.getDayOfYear());
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ROOT);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' ->
                    DateTimeFormatter.ofPattern("MMMM", Locale.ENGLISH)
                            .format(time)
                            .substring(0, 3);
            case 'B' -> DateTimeFormatter.ofPattern("MMMM", Locale.ENGLISH).format(time);
            case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
            case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
            case 'U' -> two((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'W' ->
                    two((time.getDayOfYear() + 6 - (time.getDayOfWeek().getValue() + 6) % 7) / 7);
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'G' -> String.valueOf(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'g' -> two(time.get(IsoFields.WEEK_BASED_YEAR) % 100);
            case 'c' -> expand("%a %b %e %H:%M:%S %Y");
            case 'D', 'x' -> expand("%m/%d/%y");
            case 'F' -> expand("%Y-%m-%d");
            case 'T', 'X' -> expand("%H:%M:%S");
            case 'R' -> expand("%H:%M");
            case 'r' -> expand("%I:%M:%S %p");
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'z', 'Z' -> "";
            case '%' -> "%";
            case 'k' -> String.format("%2d", time.get(ChronoField.HOUR_OF_DAY));
            case 'l' -> String.format("%2d", (time.getHour() + 11) % 12 + 1);
            default -> "%" + directive;
        };
    }

    private String expand(String directives) {
        var text = new StringBuilder();
        for (int at = 0; at < directives.length(); at++) {
            char character = directives.charAt(at);
            text.append(
                    character == '%'
                            ? directive(directives.charAt(++at))
                            : String.valueOf(character));
        }
        return text.toString();
    }

    private static String two(int number) {
        return (number < 10 ? "0" : "") + number;
    }
}
