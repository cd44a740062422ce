package org.dlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Words for what is wrong with JSON name nothing of the parser's (issue 12). */
class JsonProblemTest {
    private static final JsonMapper STRICT =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(3)
                                                    .maxNumberLength(5)
                                                    .maxNameLength(5)
                                                    .maxStringLength(9)
                                                    .maxTokenCount(12)
                                                    .build())
                                    .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    @Property(tries = 3000)
    void wordsAreOfJson(@ForAll @Size(max = 15) List<@From("parts") String> parts) {
        problem(String.join("", parts))
                .ifPresent(words ->
                        assertThat(words)
                                .isNotBlank()
                                .hasSizeLessThan(250)
                                .hasLineCount(1)
                                .doesNotContain(
                                        "`", "_", "Feature", "Constraints", "Json", "tools."));
    }

    @Provide
    Arbitrary<String> parts() {
        return Arbitraries.of(
                "{",
                "}",
                "[",
                "]",
                ":",
                ",",
                "\"a\"",
                "\"abcdef\"",
                "\"",
                "'",
                "NaN",
                "-Infinity",
                "+INF",
                "+1",
                "-",
                "01",
                "1",
                "1.5",
                "123456",
                "1e",
                "1e5",
                "tru",
                "true",
                "null",
                "undefined",
                "/",
                "/*",
                "//",
                "#",
                "\\",
                "\\x",
                "\\u12",
                "\n",
                " ",
                "\t",
                "\0",
                "\u0001",
                "\uFEFF",
                "é",
                "0123456789");
    }

    private static Optional<String> problem(String json) {
        try {
            var _ = STRICT.readTree(json);
            return Optional.empty();
        } catch (JacksonException e) {
            return Optional.of(JsonProblem.of(e));
        }
    }
}
