package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import org.dlora.template.operator.FormatSpec;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Format specifications as Python's {@code format(value, specification)} applies them. */
class FormatSpecTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    abc  | 6      => `abc   `
                    abc  | >6     => `   abc`
                    abc  | ^6     => ` abc  `
                    abc  | *^7    => **abc**
                    abc  | 3      => abc
                    abc  | 2      => abc
                    abc  | .2     => ab
                    abc  | .0     => ``
                    abc  | .3s    => abc
                    abc  | 5.1s   => `a    `
                    abc  | 05     => abc00
                    abc  | <<5    => abc<<
                    a😀c | 😀>5   => 😀😀a😀c
                    a😀c | .2     => a😀
                    """)
    void textsArePaddedAndCutByCharacter(String row, String expected) {
        var value = row.substring(0, row.indexOf('|')).strip();
        var spec = row.substring(row.indexOf('|') + 1).strip();
        assertThat(FormatSpec.parse(spec).format(value)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    42         | 5      => `   42`
                    42         | <5     => `42   `
                    42         | ^5     => ` 42  `
                    -42        | 05     => -0042
                    -42        | =5     => `-  42`
                    -42        | *=6    => -***42
                    42         | +      => +42
                    42         | ` `    => ` 42`
                    -42        | +      => -42
                    0          | +      => +0
                    255        | x      => ff
                    255        | #X     => 0XFF
                    255        | #06x   => 0x00ff
                    -8         | #o     => -0o10
                    5          | #b     => 0b101
                    5          | #d     => 5
                    999        | ,      => 999
                    1000       | ,      => 1,000
                    -1234567   | ,      => -1,234,567
                    1234567    | _      => 1_234_567
                    65535      | _b     => 1111_1111_1111_1111
                    1048575    | _x     => f_ffff
                    1234       | 06,    => 01,234
                    1234       | 07,    => 001,234
                    1234       | 08,    => 0,001,234
                    -1234      | 08,    => -001,234
                    1234       | >8,    => `   1,234`
                    65         | c      => A
                    128512     | 3c     => `  😀`
                    3          | .2f    => 3.00
                    7          | e      => 7.000000e+00
                    7          | n      => 7
                    18446744073709551616 | , => 18,446,744,073,709,551,616
                    """)
    void integersAreGroupedAndPadded(String row, String expected) {
        var value = new BigInteger(row.substring(0, row.indexOf('|')).strip());
        assertThat(spec(row).format(value)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    2.5        | .0f    => 2
                    3.5        | .0f    => 4
                    0.25       | .1f    => 0.2
                    2.675      | .2f    => 2.67
                    1.5        | f      => 1.500000
                    1234567.891| ,.2f   => 1,234,567.89
                    1234.5     | 010,.1f => 0,001,234.5
                    -0.0       | .1f    => -0.0
                    0.0        | +.1f   => +0.0
                    -1.5       | 07.2f  => -001.50
                    0.1234     | .1%    => 12.3%
                    0.5        | %      => 50.000000%
                    0.0        | e      => 0.000000e+00
                    12345.0    | .0e    => 1e+04
                    9999.0     | .2e    => 1.00e+04
                    12345.678  | .3E    => 1.235E+04
                    1e-7       | .1e    => 1.0e-07
                    1e100      | .0e    => 1e+100
                    100000.0   | g      => 100000
                    1000000.0  | g      => 1e+06
                    999999.5   | g      => 1e+06
                    0.0001     | g      => 0.0001
                    0.00001    | g      => 1e-05
                    1234.5678  | .3g    => 1.23e+03
                    1234.5678  | .10g   => 1234.5678
                    0.0        | g      => 0
                    5.0        | .0g    => 5
                    1e20       | G      => 1E+20
                    1234.5     | .3     => 1.23e+03
                    12345.0    | .5     => 1.2345e+04
                    12345.0    | .6     => 12345.0
                    1.0        | .4     => 1.0
                    0.0        | .3     => 0.0
                    1e16       | 6      => ` 1e+16`
                    100.0      | <7     => `100.0  `
                    1234.5     | ,      => 1,234.5
                    """)
    void floatsAreRoundedHalfToEven(String row, String expected) {
        double value = Double.parseDouble(row.substring(0, row.indexOf('|')).strip());
        assertThat(spec(row).format(value)).isEqualTo(expected);
    }

    @Test
    void floatsWithoutDigitsArePaddedAsNumbers() {
        assertThat(FormatSpec.parse("5").format(Double.POSITIVE_INFINITY)).isEqualTo("  inf");
        assertThat(FormatSpec.parse("+.1f").format(Double.NEGATIVE_INFINITY)).isEqualTo("-inf");
        assertThat(FormatSpec.parse("06.1f").format(Double.NaN)).isEqualTo("000nan");
    }

    @ParameterizedTest
    @ValueSource(strings = {"z", "5:", "1.", ".", "<=>5", "5,5", "d5", "5 ", "abc"})
    void refusesMalformedSpecifications(String spec) {
        assertThatThrownBy(() -> FormatSpec.parse(spec))
                .isInstanceOf(TemplateException.class)
                .hasMessage("Invalid format specifier '" + spec + "'");
    }

    @Test
    void typesOfNumbersFitNoText() {
        for (var spec : new String[] {"d", "x", "f", "*=5"}) {
            assertThat(failure(spec, "abc").kind()).as(spec).isEqualTo(Kind.VALUE);
        }
    }

    @Test
    void typesOfIntegersFitNoFloat() {
        for (var spec : new String[] {"d", "x", "c", "s"}) {
            assertThatThrownBy(() -> FormatSpec.parse(spec).format(1.5))
                    .hasMessage("Unknown format code '" + spec + "' for object of type 'float'");
        }
    }

    @Test
    void integersTakeNoPrecision() {
        assertThatThrownBy(() -> FormatSpec.parse(".3").format(BigInteger.TEN))
                .hasMessageContaining("Precision not allowed");
        assertThatThrownBy(() -> FormatSpec.parse(".0d").format(BigInteger.TEN))
                .hasMessageContaining("Precision not allowed");
    }

    @Test
    void charactersAreCodePoints() {
        var spec = FormatSpec.parse("c");
        assertThat(spec.format(BigInteger.valueOf(0x10ffff)))
                .isEqualTo(Character.toString(0x10ffff));
        for (long none : new long[] {-1, 0x110000, 1L << 40}) {
            assertThatThrownBy(() -> spec.format(BigInteger.valueOf(none)))
                    .hasMessageContaining("not in range(0x110000)");
        }
    }

    @Test
    void widthsAreBounded() {
        assertThat(FormatSpec.parse("10000").format("")).hasSize(10_000);
        assertThat(FormatSpec.parse(".10000f").format(1.0)).hasSize(10_002);
        for (var spec : new String[] {"10001", ".10001f", "99999999999999999999"}) {
            assertThatThrownBy(() -> FormatSpec.parse(spec))
                    .isInstanceOfSatisfying(
                            TemplateException.class,
                            e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT));
        }
    }

    private static FormatSpec spec(String row) {
        var spec = row.substring(row.indexOf('|') + 1).strip();
        return FormatSpec.parse(spec.equals("` `") ? " " : spec);
    }

    private static TemplateException failure(String spec, String value) {
        return SmallTemplate.failureOf("'{:" + spec + "}'.format('" + value + "')");
    }
}
