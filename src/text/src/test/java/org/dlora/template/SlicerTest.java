package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Slices and single items as in Python 3. */
class SlicerTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'abcdef'[1:5:2]            => bd
                    'abcdef'[::2]              => ace
                    'abcdef'[::5]              => af
                    'abcdef'[::6]              => a
                    'abcdef'[5:1:-2]           => fd
                    'abcdef'[::-2]             => fdb
                    'abcdef'[-2:]              => ef
                    'abcdef'[:-2]              => abcd
                    'abcdef'[:-7]              => ``
                    'abcdef'[-100:2]           => ab
                    'abcdef'[2:100]            => cdef
                    'abcdef'[6:]               => ``
                    'abcdef'[4:2]              => ``
                    'abcdef'[-1:-4:-1]         => fed
                    'abcdef'[:2:-1]            => fed
                    'abcdef'[100::-3]          => fc
                    'abcdef'[2::-1]            => cba
                    'abcdef'[:-100:-4]         => fb
                    'abcdef'[-7::-1]           => ``
                    'a😀b'[1:]                 => 😀b
                    'a😀b'[:-1]                => a😀
                    'a😀b'[::2]                => ab
                    'a😀b'[2:0:-1]             => b😀
                    [1, 2, 3, 4][true:3]       => [2, 3]
                    [1, 2, 3, 4][-1:-3:-1]     => [4, 3]
                    (1, 2, 3, 4)[::3]          => (1, 4)
                    [1, 2, 3][none:2:none]     => [1, 2]
                    [1, 2][10 ** 20:]          => []
                    [1, 2][:10 ** 20:10 ** 20] => [1]
                    range(9)[2:8:3]|list       => [2, 5]
                    """)
    void boundsAreClamped(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    'abc'[-1]                  => c
                    'abc'[-3]                  => a
                    'abc'[-4]                  => ``
                    'abc'[3]                   => ``
                    'abc'[true]                => b
                    'a😀b'[2]                  => b
                    'a😀b'[-2]                 => 😀
                    (1, 2)[-2]                 => 1
                    [1][-2]                    => ``
                    [1][2 ** 70]               => ``
                    [1][0.0]                   => ``
                    [1]['0']                   => ``
                    [[5, 6]].0.1               => 6
                    range(3)[-1]               => 2
                    """)
    void itemsBeyondTheEndsAreUndefined(String expression, String expected) {
        assertThat(SmallTemplate.printed(expression)).isEqualTo(expected);
    }

    /**
     * Undefined slices are as in jinja2, so a template may slice members that a conversation lacks.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "none[1:]",
                "5[:1]",
                "{'a': 1}[0:1]",
                "{}.items()[1:]",
                "'abc'['a':]",
                "'abc'[1.0:]",
                "[1][::'a']",
                "[1][nope:]"
            })
    void slicesOfOtherValuesAndBoundsAreUndefined(String expression) {
        assertThat(
                        SmallTemplate.rendered(
                                "{{ ("
                                        + expression
                                        + ") is defined }}{% for x in "
                                        + expression
                                        + " %}x{% endfor %}"))
                .isEqualTo("False");
    }

    @Test
    void useOfAnUndefinedSliceNamesItsBounds() {
        assertThat(SmallTemplate.failureOf("none[1:] + 'x'"))
                .hasMessage("line 1: None has no element slice(1, None, None)");
    }

    @Test
    void aStepIsNeverZero() {
        var failure = SmallTemplate.failureOf("'abc'[::0]");
        assertThat(failure.kind()).isEqualTo(Kind.VALUE);
        assertThat(failure).hasMessage("line 1: slice step cannot be zero");
    }

    @Test
    void undefinedValuesHaveNoSlice() {
        assertThat(SmallTemplate.failureOf("nope[1:]").kind()).isEqualTo(Kind.UNDEFINED);
    }
}
