package org.dlora.api.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Tables of {@code docs/http.md} against the OpenAPI document. A comment above a table says what it
 * has: the endpoints of a tag, or the members of schemas.
 */
class HttpPageTest extends DocumentedServer {
    private static final Pattern TABLE =
            Pattern.compile("<!-- (endpoints|members) of (.+) -->\n((?:\\|.*\n)+)");
    private static final Pattern NAME = Pattern.compile("`([a-z_]+)[^`]*`");

    private static String page;

    @BeforeAll
    static void readPage() throws IOException {
        page = Files.readString(TestFiles.root("docs/http.md"));
    }

    @Test
    void endpointsAreThoseOfTheDocument() {
        var found = new TreeMap<String, String>();
        tables("endpoints").forEach(table -> found.put(table.of(), table.text()));
        var expected = new TreeMap<String, StringBuilder>();
        for (var operation : document.operations()) {
            expected.computeIfAbsent(
                            operation.said().at("/tags/0").asString(),
                            tag -> new StringBuilder("| endpoint | |\n|---|---|\n"))
                    .append(
                            "| `%s` | %s |\n"
                                    .formatted(
                                            operation, operation.said().get("summary").asString()));
        }
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (tag, rows) -> assertThat(found.get(tag)).as(tag).isEqualTo(rows.toString()));
    }

    @Test
    void tablesHaveTheMembersOfTheirSchemas() {
        var found = new TreeMap<String, Set<String>>();
        for (var table : tables("members")) {
            found.computeIfAbsent(table.of(), of -> new TreeSet<>()).addAll(table.names());
        }
        assertThat(found).isNotEmpty();
        found.forEach((schemas, names) -> {
            var members = new TreeSet<String>();
            for (var schema : schemas.split(", ", -1)) {
                members.addAll(document.members(schema));
            }
            assertThat(names).as(schemas).isEqualTo(members);
        });
    }

    /** A table of the page: the tag or the schemas that its comment names, and its lines. */
    private record Table(String of, String text) {

        /** Returns the names in the first column. */
        List<String> names() {
            return text.lines()
                    .skip(2)
                    .flatMap(row -> NAME.matcher(row.split("(?<!\\\\)\\|", -1)[1]).results())
                    .map(name -> name.group(1))
                    .toList();
        }
    }

    private static List<Table> tables(String kind) {
        return TABLE.matcher(page)
                .results()
                .filter(table -> table.group(1).equals(kind))
                .map(table -> new Table(table.group(2), table.group(3)))
                .toList();
    }
}
