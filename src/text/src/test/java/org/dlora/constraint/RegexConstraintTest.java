package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions match the texts that the JDK's match. */
class RegexConstraintTest {
    private static final ConstraintCompiler COMPILER =
            TestVocabulary.random(new Random(3)).compiler();
    private static final String ALPHABET = "abcXYZ019_-. \n\"\\é€😀";

    @Property(tries = 300)
    void agreesWithTheJdkOnRandomExpressions(@ForAll long seed) {
        var random = new Random(seed);
        var regex = regex(random, 3);
        var pattern = Pattern.compile(regex);
        var constraint = COMPILER.compile(new ConstraintDefinition.Regex(regex));
        for (int i = 0; i < 60; i++) {
            var text = text(random);
            assertThat(matches(constraint, text))
                    .as("%s on %s", regex, text)
                    .isEqualTo(pattern.matcher(text).matches());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^\\d{3}$",
                "[\\w.+-]+@[a-z]+\\.com",
                "(?:yes|no)( maybe)?",
                "(?<year>\\d{4})-\\d\\d",
                "[^\\s\"]+",
                "a{2}|b{1,}|c{0,2}",
                "x*?y+?",
                "\\x41\\u0042\\t",
                "[]a]+|[a-]",
                "\\.\\*\\(\\)\\[\\]\\{\\}"
            })
    void agreesWithTheJdkOnUsualExpressions(String regex) {
        var jdk = regex.replace("[]a]+", "[\\]a]+");
        var pattern = Pattern.compile(jdk);
        var constraint = COMPILER.compile(new ConstraintDefinition.Regex(regex));
        var random = new Random(1);
        for (var text :
                new String[] {
                    "123",
                    "a.b@c.com",
                    "yes maybe",
                    "no",
                    "2024-01",
                    "AB\t",
                    "aa",
                    "bbb",
                    "",
                    "xxy",
                    "yyy",
                    "]a",
                    "-",
                    ".*()[]{}",
                    "a b",
                    "é"
                }) {
            assertThat(matches(constraint, text))
                    .as("%s on %s", regex, text)
                    .isEqualTo(pattern.matcher(text).matches());
        }
        for (int i = 0; i < 200; i++) {
            var text = text(random);
            assertThat(matches(constraint, text))
                    .as("%s on %s", regex, text)
                    .isEqualTo(pattern.matcher(text).matches());
        }
    }

    private static boolean matches(Constraint constraint, String text) {
        var state = constraint.accept(constraint.start(), text.getBytes(UTF_8));
        return state != null && state.isComplete();
    }

    private static String regex(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 3 : 7)) {
            case 0 -> atom(random);
            case 1 -> "[" + (random.nextBoolean() ? "^" : "") + "ab-c01\\d_é]";
            case 2 -> random.nextBoolean() ? "\\w" : "\\D";
            case 3 -> regex(random, depth - 1) + regex(random, depth - 1);
            case 4 -> "(" + regex(random, depth - 1) + "|" + regex(random, depth - 1) + ")";
            case 5 -> "(?:" + regex(random, depth - 1) + ")" + "*+?".charAt(random.nextInt(3));
            default -> "(?:" + regex(random, depth - 1) + "){" + random.nextInt(2) + ",3}";
        };
    }

    private static String atom(Random random) {
        int[] points = ALPHABET.codePoints().toArray();
        int c = points[random.nextInt(points.length)];
        return ".\\-".indexOf(c) >= 0 ? "\\" + Character.toString(c) : Character.toString(c);
    }

    private static String text(Random random) {
        int[] points = ALPHABET.codePoints().toArray();
        var text = new StringBuilder();
        for (int n = random.nextInt(6); n > 0; n--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }
}
