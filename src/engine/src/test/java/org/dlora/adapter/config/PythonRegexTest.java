package org.dlora.adapter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PythonRegexTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            textBlock =
                    """
                    a{,2} aa true
                    a{,2} aaa false
                    a{2,} aaa true
                    a{x} a{x} true
                    a{} a{} true
                    []x]+ x] true
                    [^]x] a true
                    [[:a] [ true
                    [a&&b] & true
                    [a-c-]+ a-c true
                    (?P<a_1>x)(?P=a_1) xx true
                    (?P<a_1>x)(?P=a_1) xy false
                    a\\Z a true
                    (?i:Q)_proj q_proj true
                    (?i:q)_Proj q_proj false
                    a|ab ab true
                    """)
    void matchesAsPythonDoes(String pattern, String text, boolean matches) {
        assertThat(regex(pattern).matchesAll(text)).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a**",
                "a{2}{3}",
                "*a",
                "a|*",
                "^*",
                "(",
                ")",
                "a)(b",
                "[a",
                "[z-a]",
                "a\\",
                "(?<n>a)",
                "(?P<n>a)(?P<n>b)",
                "(?P=n)",
                "(?P<1>a)",
                "(?#x)",
                "(?m:a)",
                "(?i)a",
                "(a)?(?(1)b|c)",
                "\\Qa\\E",
                "\\p{L}",
                "\\h",
                "\\R",
                "\\x41",
                "\\0",
                "\\10",
                "[\\b]",
                "a{99999}"
            })
    void refusesConstructsThatJavaReadsDifferently(String pattern) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> regex(pattern))
                .withMessageContaining("adapter_config.json: target_modules")
                .withMessageContaining("not a usable regular expression");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)!", "(?P<a>\\w+?\\.??)+?(?P=a)!"})
    void exponentialPatternEndsWithAProblem(String pattern) {
        var regex = new PythonRegex("target_modules", pattern, new MatchBudget(1_000_000));
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> regex.matchesAll("model.layers.0.self_attn.q_proj.of.a.model"))
                .withMessageContaining("takes too long");
    }

    @Test
    void sizeAndNestingAreBounded() {
        for (var pattern : new String[] {"a".repeat(5000), "(".repeat(500) + ")".repeat(500)}) {
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> regex(pattern))
                    .withMessageContaining("not a usable regular expression")
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
        }
    }

    private static PythonRegex regex(String pattern) {
        return new PythonRegex("target_modules", pattern, new MatchBudget());
    }
}
