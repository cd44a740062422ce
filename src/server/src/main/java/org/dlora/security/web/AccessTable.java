package org.dlora.security.web;

import static org.dlora.security.Scope.ADAPTERS;
import static org.dlora.security.Scope.ADMIN;
import static org.dlora.security.Scope.INFERENCE;
import static org.dlora.security.Scope.METRICS;
import static org.dlora.security.users.Role.OPERATOR;
import static org.dlora.security.users.Role.VIEWER;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.dlora.security.Scope;
import org.dlora.security.users.Role;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Table of the endpoints: who may call what is below a path. The first row that matches holds. The
 * table in {@code docs/security.md} says the same, and a test compares it with the endpoints.
 */
final class AccessTable {

    /**
     * Requirements of a call to an endpoint: of a key, and of a signed-in user.
     *
     * @param reads least role for GET, HEAD and OPTIONS
     * @param changes least role for all other methods
     */
    record Rule(Need need, Role reads, Role changes) {
        Role role(HttpMethod method) {
            return READING.contains(method) ? reads : changes;
        }
    }

    /** Requirement of a call with a key. */
    sealed interface Need {
        /** Nothing, not even a key. */
        record Nothing() implements Need {}

        /** A user who is signed in; no key will do. */
        record SignIn() implements Need {}

        /** A key, whatever its scopes. */
        record AnyKey() implements Need {}

        /** A key with one of the scopes; {@code admin} has them all. */
        record OneOf(Set<Scope> scopes) implements Need {}
    }

    private record Row(PathPattern path, Rule rule) {}

    private static final Set<HttpMethod> READING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    // Matched as handlers match, so that no other spelling of a path goes around.
    private static final List<Row> ROWS =
            Stream.of(
                            rows(
                                    new Need.Nothing(),
                                    VIEWER,
                                    VIEWER,
                                    "/health",
                                    "/ping",
                                    "/actuator/health",
                                    "/actuator/health/liveness",
                                    "/actuator/health/readiness",
                                    "/console/login",
                                    "/console/link",
                                    "/console/assets/**",
                                    "/oauth2/authorization/**",
                                    "/login/oauth2/code/**"),
                            rows(
                                    new Need.SignIn(),
                                    VIEWER,
                                    VIEWER,
                                    "/console/account/**",
                                    "/console/password",
                                    "/console/first-user",
                                    "/console/logout"),
                            rows(
                                    new Need.SignIn(),
                                    Role.ADMIN,
                                    Role.ADMIN,
                                    "/console/access/**",
                                    "/console/journal/log/**",
                                    "/console/journal/diagnostics"),
                            rows(new Need.SignIn(), VIEWER, Role.ADMIN, "/console/settings/**"),
                            rows(new Need.SignIn(), VIEWER, OPERATOR, "/console/**"),
                            rows(
                                    new Need.AnyKey(),
                                    VIEWER,
                                    VIEWER,
                                    "/version",
                                    "/load",
                                    "/v1/me",
                                    "/v3/**"),
                            rows(
                                    scope(ADAPTERS),
                                    VIEWER,
                                    OPERATOR,
                                    "/v1/load_lora_adapter",
                                    "/v1/unload_lora_adapter",
                                    "/admin/adapters/**",
                                    "/admin/adapter-jobs/**"),
                            rows(scope(INFERENCE, ADAPTERS), VIEWER, OPERATOR, "/v1/models/**"),
                            rows(
                                    scope(INFERENCE),
                                    OPERATOR,
                                    OPERATOR,
                                    "/v1/**",
                                    "/invocations",
                                    "/tokenize",
                                    "/detokenize",
                                    "/tokenizer_info"),
                            rows(
                                    scope(METRICS),
                                    VIEWER,
                                    Role.ADMIN,
                                    "/metrics",
                                    "/actuator/prometheus"),
                            rows(scope(ADMIN), VIEWER, Role.ADMIN, "/actuator/**"),
                            rows(
                                    scope(ADMIN),
                                    Role.ADMIN,
                                    Role.ADMIN,
                                    "/admin/keys/**",
                                    "/admin/teams/**",
                                    "/admin/users/**",
                                    "/admin/audit"),
                            rows(scope(ADMIN), VIEWER, OPERATOR, "/admin/**"),
                            // Of what is not known, nothing is open.
                            rows(scope(ADMIN), Role.ADMIN, Role.ADMIN, "/**"))
                    .flatMap(List::stream)
                    .toList();

    private AccessTable() {}

    private static List<Row> rows(Need need, Role reads, Role changes, String... paths) {
        var rule = new Rule(need, reads, changes);
        return Arrays.stream(paths)
                .map(path -> new Row(PathPatternParser.defaultInstance.parse(path), rule))
                .toList();
    }

    private static Need scope(Scope... scopes) {
        return new Need.OneOf(Set.of(scopes));
    }

    /** Returns the access that a call needs. */
    static Rule rule(ServerWebExchange exchange) {
        return rule(exchange.getRequest().getPath().pathWithinApplication());
    }

    /** Returns the access that a call to a path needs. */
    static Rule rule(PathContainer path) {
        for (var row : ROWS) {
            if (row.path.matches(path)) {
                return row.rule;
            }
        }
        return new Rule(scope(ADMIN), Role.ADMIN, Role.ADMIN);
    }
}
