package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of docs/http.md says which values of members without an effect are accepted. */
class AcceptedMembersTest extends ApiTest {
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final String ANY = "any value";
    private static final List<String> VALUES_OF_ALL_TYPES =
            List.of("1", "true", "\"x\"", "[]", "{\"a\": \"b\"}");

    /** A member of a kind of body, with JSON values that are accepted and refused. */
    record Row(String member, String body, List<String> accepted, List<String> refused) {}

    static List<Row> rows() throws IOException {
        var text = Files.readString(TestFiles.root("docs/http.md"));
        var rows = new ArrayList<Row>();
        text.substring(text.indexOf("| member | of | accepted beside `null` |"))
                .lines()
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(line -> line.split("\\|", -1))
                .forEach(cells -> {
                    assertThat(cells).hasSize(6);
                    for (var member : quoted(cells[1])) {
                        for (var body : cells[2].strip().split(", ", -1)) {
                            rows.add(new Row(member, body, accepted(cells[3]), quoted(cells[4])));
                        }
                    }
                });
        return rows;
    }

    private static List<String> accepted(String cell) {
        var values = new ArrayList<String>();
        values.add("null");
        values.addAll(cell.strip().equals(ANY) ? VALUES_OF_ALL_TYPES : quoted(cell));
        values.remove("n");
        return values;
    }

    private static List<String> quoted(String cell) {
        return QUOTED.matcher(cell).results().map(found -> found.group(1)).toList();
    }

    @BeforeEach
    void answer() {
        engine.answer(request -> Events.saying("ok", request.prompt().length));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void aRowOfTheTableHolds(Row row) {
        for (var value : row.accepted()) {
            post(path(row), body(row, value)).expectStatus().isOk();
        }
        for (var value : row.refused()) {
            var answer =
                    post(path(row), body(row, value))
                            .expectStatus()
                            .isBadRequest()
                            .expectBody(String.class)
                            .returnResult()
                            .getResponseBody();
            var error = json(String.valueOf(answer)).get("error");
            assertThat(error.get("param").asString()).isEqualTo(row.member());
            assertThat(error.get("message").asString()).contains("'" + row.member() + "'");
        }
    }

    @Test
    void theTableHasEachKindOfBody() throws IOException {
        assertThat(rows())
                .hasSizeGreaterThan(60)
                .extracting(Row::body)
                .contains("chat", "text", "tokenize");
    }

    @Test
    void unknownMembersAreAcceptedAsNullAlone() {
        for (var body : List.of("chat", "text", "tokenize")) {
            var row = new Row("nobody_knows", body, List.of(), List.of());
            post(path(row), body(row, "null")).expectStatus().isOk();
            post(path(row), body(row, "1")).expectStatus().isBadRequest();
        }
    }

    private static String path(Row row) {
        return switch (row.body()) {
            case "chat" -> "/v1/chat/completions";
            case "text" -> "/v1/completions";
            case "tokenize" -> "/tokenize";
            default -> throw new IllegalArgumentException(row.body());
        };
    }

    private static String body(Row row, String value) {
        var names = Arrays.asList(row.member().split("\\.", -1));
        var member =
                names.size() == 1
                        ? "\"%s\": %s".formatted(names.get(0), value)
                        : "\"stream\": true, \"%s\": {\"%s\": %s}"
                                .formatted(names.get(0), names.get(1), value);
        return "{%s, %s}"
                .formatted(
                        row.body().equals("text")
                                ? "\"prompt\": \"Hi\""
                                : "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]",
                        member);
    }
}
