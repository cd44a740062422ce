package org.dlora.store.history;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.store.StoredText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Interruptions of a request as JSON: {@code [["preempted", "2026-01-31T12:00:00Z", "0"]]}. */
final class CourseJson {
    private static final JsonMapper JSON = new JsonMapper();

    private CourseJson() {}

    /** Returns the JSON of marks; null if there are none. */
    static @Nullable String of(List<CourseMark> marks) {
        if (marks.isEmpty()) {
            return null;
        }
        var rows =
                marks.stream()
                        .map(mark ->
                                List.of(mark.kind().word(), mark.at().toString(), mark.replica()))
                        .toList();
        var json = JSON.writeValueAsString(rows);
        return StoredText.clean(json, json.length());
    }

    /** Returns the marks of a column. Kinds of later versions are left out. */
    static List<CourseMark> marks(@Nullable String json) {
        var marks = new ArrayList<CourseMark>();
        if (json != null) {
            for (var row : JSON.readTree(json)) {
                CourseMark.Kind.of(row.get(0).asString())
                        .map(kind ->
                                new CourseMark(
                                        kind,
                                        Instant.parse(row.get(1).asString()),
                                        row.get(2).asString()))
                        .ifPresent(marks::add);
            }
        }
        return List.copyOf(marks);
    }
}
