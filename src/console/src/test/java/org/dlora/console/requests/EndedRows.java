package org.dlora.console.requests;

import java.time.Instant;
import java.util.List;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.CourseMark.Kind;
import org.dlora.cluster.facts.RequestTimes;
import org.jspecify.annotations.Nullable;

/** Ended requests that tests make up. Times are milliseconds after the arrival. */
final class EndedRows {
    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private EndedRows() {}

    static Instant at(int millis) {
        return NOW.plusMillis(millis);
    }

    static CourseMark mark(Kind kind, int millis, String replica) {
        return new CourseMark(kind, at(millis), replica);
    }

    static RequestTimes times(int queued, int ready, int first, int done) {
        return new RequestTimes(NOW, at(queued), at(ready), at(first), at(done));
    }

    /** Returns a request for adapter sql, which began on replica 0. */
    static RequestRecord row(RequestTimes times, @Nullable Instant begun, CourseMark... course) {
        var ended =
                new EndedRequest(
                        1,
                        "r",
                        null,
                        null,
                        null,
                        null,
                        "sql",
                        "sql",
                        null,
                        null,
                        "v1",
                        times.queued() == null ? List.of() : List.of("0", "1"),
                        "fp",
                        "float32",
                        times.arrived(),
                        times.queued(),
                        times.adapterReady(),
                        begun,
                        times.firstToken(),
                        times.done(),
                        "answered",
                        "stop",
                        3,
                        0,
                        2,
                        0,
                        0,
                        1,
                        0,
                        0,
                        0,
                        false,
                        null);
        return new RequestRecord(ended, "{}", null, new byte[0], null, null, List.of(course));
    }
}
