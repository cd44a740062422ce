package org.dlora.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterPatternsTest {

    @ParameterizedTest
    @CsvSource({
        "sql-*, sql-, true",
        "sql-*, sql-red/v2, true",
        "sql-*, sql, false",
        "sql-*, my-sql-x, false",
        "*-sql, my-sql, true",
        "*, x, true",
        "a*b*c, a--b--c, true",
        "a*b*c, a--c--b, false",
        "a.c, abc, false",
        "sql, sql, true",
        "sql, SQL, false",
        "a**b, ab, true",
        "a?c, abc, false"
    })
    void starStandsForAnyCharacters(String pattern, String name, boolean matches) {
        assertThat(new AdapterPatterns(List.of(pattern)).allows(name)).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({"x, true", "y, true", "z, false"})
    void oneMatchingPatternIsEnough(String name, boolean allowed) {
        assertThat(new AdapterPatterns(List.of("x", "y")).allows(name)).isEqualTo(allowed);
        assertThat(AdapterPatterns.NONE.allows(name)).isFalse();
    }

    @Property
    void agreesWithTheRegularExpression(
            @ForAll @Chars({'a', 'b', '*'}) @StringLength(max = 6) String pattern,
            @ForAll @Chars({'a', 'b'}) @StringLength(max = 8) String name) {
        assertThat(new AdapterPatterns(List.of(pattern)).allows(name))
                .isEqualTo(name.matches(pattern.replace("*", ".*")));
    }
}
