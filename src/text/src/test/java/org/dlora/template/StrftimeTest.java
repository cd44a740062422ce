package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import org.dlora.template.run.Strftime;
import org.dlora.template.sandbox.Budget;
import org.dlora.template.sandbox.OutputBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Directives as in Python's {@code datetime.strftime} with glibc in the C locale. */
class StrftimeTest {
    private static final String EARLY = "2026-01-02T03:04:05";
    private static final String LATE = "2024-12-30T15:45:59.006007";

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    %d %-d %e %-e        => `02 2  2 2`
                    %H %-H %k %-k        => `03 3  3 3`
                    %I %-I %l %-l        => `03 3  3 3`
                    %m %-m %M %-M %S %-S => 01 1 04 4 05 5
                    %j %-j               => 002 2
                    %Y %y %C %-y         => 2026 26 20 26
                    %G %g %V %U %W %u %w => 2026 26 01 00 00 5 5
                    %a %A %b %h %B       => Fri Friday Jan Jan January
                    %p %P                => AM am
                    %f %z%Z              => `000000 `
                    %c                   => Fri Jan  2 03:04:05 2026
                    %D %x %F             => 01/02/26 01/02/26 2026-01-02
                    %T %X %R %r          => 03:04:05 03:04:05 03:04 03:04:05 AM
                    a%nb%tc%%d           => `a\nb\tc%d`
                    %Q 100% %-           => %Q 100% %-
                    é%Y😀                => é2026😀
                    """)
    void directivesOfAMorningInJanuary(String format, String expected) {
        assertThat(formatted(EARLY, format)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    %d %-d %e %-e        => 30 30 30 30
                    %H %k %I %l %-I %p   => 15 15 03  3 3 PM
                    %j %f                => 365 006007
                    %G %g %V %U %W %u %w => 2025 25 01 52 53 1 1
                    %a %B                => Mon December
                    """)
    void directivesOfAnAfternoonInAWeekOfTheNextYear(String format, String expected) {
        assertThat(formatted(LATE, format)).isEqualTo(expected);
    }

    @Test
    void noonAndMidnightAreTwelve() {
        assertThat(formatted("2026-01-02T12:00:00", "%I %p")).isEqualTo("12 PM");
        assertThat(formatted("2026-01-02T00:00:00", "%I %p %-H")).isEqualTo("12 AM 0");
    }

    @Test
    void weeksBeginOnSundayOrMonday() {
        // 2023 began on a Sunday.
        assertThat(formatted("2023-01-01T00:00:00", "%U %W %w %u %V %G"))
                .isEqualTo("01 00 0 7 52 2022");
        assertThat(formatted("2023-01-02T00:00:00", "%U %W %w %u %V %G"))
                .isEqualTo("01 01 1 1 01 2023");
    }

    private static String formatted(String time, String format) {
        var out = new OutputBuffer(new Budget());
        new Strftime(LocalDateTime.parse(time)).format(format, out);
        return out.toString();
    }
}
