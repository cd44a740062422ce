package org.dlora.security.web;

import static org.dlora.security.Scope.ADAPTERS;
import static org.dlora.security.Scope.ADMIN;
import static org.dlora.security.Scope.INFERENCE;
import static org.dlora.security.Scope.METRICS;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.dlora.security.Scope;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Table of the endpoints: who may call what is below a path. The first row that matches holds. The
 * table in {@code docs/security.md} says the same, and a test compares it with the endpoints.
 */
final class AccessTable {

    /** What a call to an endpoint needs. */
    sealed interface Need {
        /** Nothing, not even a key. */
        record Nothing() implements Need {}

        /** A key, whatever its scopes. */
        record AnyKey() implements Need {}

        /** A key with one of the scopes; {@code admin} has them all. */
        record OneOf(Set<Scope> scopes) implements Need {}
    }

    private record Row(PathPattern path, Need need) {}

    // Matched as handlers match, so that no other spelling of a path goes around.
    private static final List<Row> ROWS =
            Stream.of(
                            rows(
                                    new Need.Nothing(),
                                    "/health",
                                    "/actuator/health",
                                    "/actuator/health/liveness",
                                    "/actuator/health/readiness"),
                            rows(new Need.AnyKey(), "/version", "/v1/me", "/v3/**"),
                            rows(
                                    scope(ADAPTERS),
                                    "/v1/load_lora_adapter",
                                    "/v1/unload_lora_adapter",
                                    "/admin/adapters/**",
                                    "/admin/adapter-jobs/**"),
                            rows(scope(INFERENCE, ADAPTERS), "/v1/models/**"),
                            rows(scope(INFERENCE), "/v1/**", "/tokenize", "/detokenize"),
                            rows(scope(METRICS), "/metrics", "/actuator/**"),
                            // Of what is not known, nothing is open.
                            rows(scope(ADMIN), "/**"))
                    .flatMap(List::stream)
                    .toList();

    private AccessTable() {}

    private static List<Row> rows(Need need, String... paths) {
        return Arrays.stream(paths)
                .map(path -> new Row(PathPatternParser.defaultInstance.parse(path), need))
                .toList();
    }

    private static Need scope(Scope... scopes) {
        return new Need.OneOf(Set.of(scopes));
    }

    /** Returns what a call to a path needs. */
    static Need need(PathContainer path) {
        for (var row : ROWS) {
            if (row.path.matches(path)) {
                return row.need;
            }
        }
        return scope(ADMIN);
    }
}
