package org.dlora.app;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.http.server.PathContainer;
import org.springframework.web.reactive.function.server.support.RouterFunctionMapping;
import org.springframework.web.reactive.result.method.RequestMappingInfo;
import org.springframework.web.reactive.result.method.RequestMappingInfoHandlerMapping;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * The table in docs/security.md against the running program: every endpoint and every kind of
 * caller. An endpoint that is in no row fails.
 */
class AccessTableIT extends AccessServer {
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Set<String> SCOPES = Set.of("inference", "adapters", "metrics", "admin");
    private static final List<String> ROLES = List.of("viewer", "operator", "admin");
    private static final String ALL = "all";
    private static final String NONE = "none";
    private static final String EVERY_KEY = "every key";

    private static final String PASSWORD = "a password of the tests";

    @Autowired private ApplicationContext context;

    /**
     * A row of the table.
     *
     * @param who scopes, {@value #ALL}, {@value #NONE} or {@value #EVERY_KEY}
     * @param reads role, or {@value #ALL}
     * @param changes role, or {@value #ALL}
     */
    private record Row(List<String> paths, Set<String> who, String reads, String changes) {
        boolean matches(String path) {
            return paths.stream()
                    .anyMatch(pattern ->
                            PathPatternParser.defaultInstance
                                    .parse(pattern)
                                    .matches(PathContainer.parsePath(path)));
        }
    }

    private record Route(String method, String path) {}

    private static List<Row> rows() throws IOException {
        var text = Files.readString(TestFiles.root("docs/security.md"));
        var table = text.substring(text.indexOf("| paths | key | role that reads |"));
        var rows = new ArrayList<Row>();
        table.lines()
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .forEach(line -> {
                    var cells = line.split("\\|", -1);
                    rows.add(
                            new Row(
                                    quoted(cells[1]),
                                    who(cells[2].strip()),
                                    cells[3].strip().replace("`", ""),
                                    cells[4].strip().replace("`", "")));
                });
        return rows;
    }

    private static Set<String> who(String cell) {
        if (cell.startsWith(ALL)) {
            return Set.of(ALL);
        }
        return cell.equals(EVERY_KEY) || cell.equals(NONE)
                ? Set.of(cell)
                : Set.copyOf(quoted(cell));
    }

    private static List<String> quoted(String text) {
        return QUOTED.matcher(text).results().map(found -> found.group(1)).toList();
    }

    private List<Route> routes() {
        var routes = new ArrayList<Route>();
        context.getBeansOfType(RequestMappingInfoHandlerMapping.class)
                .values()
                .forEach(mapping ->
                        mapping.getHandlerMethods().keySet().forEach(info -> add(routes, info)));
        return routes.stream().distinct().toList();
    }

    private static void add(List<Route> routes, RequestMappingInfo info) {
        var methods =
                info.getMethodsCondition().getMethods().stream().map(Enum::name).collect(toSet());
        for (var pattern : info.getPatternsCondition().getPatterns()) {
            var path =
                    pattern.getPatternString()
                            .replaceAll("\\{\\*[^}]*}", "/nobody")
                            .replace("//", "/")
                            .replaceAll("\\{[^}]*}", "nobody")
                            .replace("**", "nobody");
            for (var method : methods.isEmpty() ? Set.of("GET") : methods) {
                routes.add(new Route(method, path));
            }
        }
    }

    /** Returns a key of each kind of caller, with the scopes that it has. */
    private Map<String, RequestCaller> callers() throws Exception {
        var callers = new LinkedHashMap<String, RequestCaller>();
        callers.put("none", RequestCaller.with("", Set.of()));
        callers.put(
                "unknown", RequestCaller.with("dlora_000000000000_" + "0".repeat(48), Set.of()));
        callers.put("not a key", RequestCaller.with("none", Set.of()));
        for (var scope : SCOPES) {
            callers.put(
                    scope,
                    RequestCaller.with(
                            key("\"name\": \"k\", \"scopes\": [\"%s\"]".formatted(scope)),
                            Set.of(scope)));
        }
        ask(201, "POST", "/admin/teams", ADMIN, "{\"name\": \"matrix\", \"owns\": [\"m-*\"]}");
        callers.put(
                "of a team",
                RequestCaller.with(
                        key(
                                "\"name\": \"k\", \"team\": \"matrix\", \"scopes\": [\"inference\", \"adapters\"]"),
                        Set.of("inference", "adapters")));
        var revoked = issue("\"name\": \"k\", \"scopes\": [\"admin\"]");
        ask(200, "DELETE", "/admin/keys/" + revoked.get("id").asString(), ADMIN, "{}");
        callers.put("revoked", RequestCaller.with(revoked.get("key").asString(), Set.of()));
        var expired = issue("\"name\": \"k\", \"scopes\": [\"admin\"], \"expires_in\": \"100ms\"");
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        ask(200, "GET", "/admin/keys/" + expired.get("id").asString(), ADMIN, null)
                                .get("state")
                                .asString()
                                .equals("expired"));
        callers.put("expired", RequestCaller.with(expired.get("key").asString(), Set.of()));
        for (var role : ROLES) {
            ask(
                    201,
                    "POST",
                    "/admin/users",
                    ADMIN,
                    "{\"name\": \"%s\", \"role\": \"%s\", \"password\": \"%s\"}"
                            .formatted("matrix-" + role, role, PASSWORD));
            try (var browser = new Browser(url())) {
                var answer = browser.signIn("matrix-" + role, PASSWORD);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
                var csrf = browser.csrf("/console");
                var cookie = "dlora-session=" + browser.cookies.get("dlora-session");
                callers.put("role " + role, new RequestCaller("", Set.of(), role, cookie, csrf));
                callers.put(
                        "role %s with a wrong token".formatted(role),
                        new RequestCaller("", Set.of(), role, cookie, "wrong"));
                callers.put(
                        "role %s without a token".formatted(role),
                        new RequestCaller("", Set.of(), role, cookie, ""));
                callers.put(
                        "role %s and a wrong key".formatted(role),
                        new RequestCaller("none", Set.of(), "", cookie, csrf));
            }
        }
        return callers;
    }

    /**
     * A kind of caller.
     *
     * @param key empty for none
     * @param role that the session of {@code cookie} has; empty if the call is not judged by it
     * @param csrf empty for none
     */
    private record RequestCaller(
            String key, Set<String> scopes, String role, String cookie, String csrf) {
        static RequestCaller with(String key, Set<String> scopes) {
            return new RequestCaller(key, scopes, "", "", "");
        }

        /** Returns what the table says of a call: 200 for allowed, 401 or 403. */
        int expected(Row row, String method) {
            boolean isReading = method.equals("GET");
            if (!role.isEmpty() && !isReading && csrf.length() < 20) {
                return 403; // Wherever it goes, a call with a session needs the token.
            }
            if (row.who.contains(ALL)) {
                return 200;
            }
            if (!role.isEmpty()) {
                var needed = isReading ? row.reads : row.changes;
                return ROLES.indexOf(role) >= ROLES.indexOf(needed) ? 200 : 403;
            }
            if (scopes.isEmpty() || row.who.contains(NONE)) {
                return 401;
            }
            return scopes.contains("admin")
                            || row.who.contains(EVERY_KEY)
                            || row.who.stream().anyMatch(scopes::contains)
                    ? 200
                    : 403;
        }
    }

    private HttpRequest request(Route route, RequestCaller caller) {
        var body = route.method.equals("GET") ? null : "{}";
        var plain =
                request(route.method, route.path, caller.key.isEmpty() ? null : caller.key, body);
        if (caller.cookie.isEmpty()) {
            return plain;
        }
        var request = HttpRequest.newBuilder(plain, (_, _) -> true).header("Cookie", caller.cookie);
        return caller.csrf.isEmpty()
                ? request.build()
                : request.header("X-CSRF-TOKEN", caller.csrf).build();
    }

    /** Returns 200 for any answer but the refusals of keys. */
    private int outcome(Route route, RequestCaller caller) throws Exception {
        var answer = http.send(request(route, caller), BodyHandlers.ofInputStream());
        // Only the head of an event stream is read.
        try (var content = answer.body()) {
            if (answer.statusCode() != 401 && answer.statusCode() != 403) {
                return 200;
            }
            var error = JSON.readTree(content.readAllBytes()).get("error");
            assertThat(error.get("code").asString())
                    .isEqualTo(
                            answer.statusCode() == 401
                                    ? "invalid_api_key"
                                    : "insufficient_permissions");
            assertThat(error.get("message").asString()).isNotBlank();
            assertThat(answer.headers().firstValue("WWW-Authenticate").isPresent())
                    .isEqualTo(answer.statusCode() == 401);
            return answer.statusCode();
        }
    }

    @Test
    void everyEndpointIsForTheCallersOfItsRowAlone() throws Exception {
        var rows = rows();
        var routes = routes();
        assertThat(routes)
                .contains(
                        new Route("POST", "/v1/chat/completions"),
                        new Route("GET", "/actuator/prometheus"),
                        new Route("DELETE", "/admin/keys/nobody"),
                        new Route("GET", "/console"),
                        new Route("PUT", "/admin/users/nobody"))
                .hasSizeGreaterThan(40);
        assertThat(context.getBeansOfType(RouterFunctionMapping.class).values())
                .allSatisfy(mapping -> assertThat(mapping.getRouterFunction()).isNull());
        var missing =
                routes.stream()
                        .filter(route -> rows.stream().noneMatch(row -> row.matches(route.path)))
                        .toList();
        assertThat(missing).as("endpoints without a row in docs/security.md").isEmpty();

        var callers = callers();
        var wrong = new TreeSet<String>();
        for (var route : routes) {
            // Forms of the console need a token before a sign-in too: ConsoleIT.
            if (route.path.startsWith("/console") && !route.method.equals("GET")) {
                continue;
            }
            var found =
                    rows.stream().filter(row -> row.matches(route.path)).findFirst().orElseThrow();
            for (var caller : callers.entrySet()) {
                int expected = caller.getValue().expected(found, route.method);
                int outcome = outcome(route, caller.getValue());
                if (outcome != expected) {
                    wrong.add(
                            "%s %s by %s: %d instead of %d"
                                    .formatted(
                                            route.method,
                                            route.path,
                                            caller.getKey(),
                                            outcome,
                                            expected));
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void otherSpellingsOfAPathDoNotGoAround() throws Exception {
        var key = key("\"name\": \"k\", \"scopes\": [\"inference\"]");
        for (var path :
                List.of(
                        "/admin/keys/",
                        "/admin//keys",
                        "//admin/keys",
                        "/admin;a=b/keys",
                        "/%61dmin/keys",
                        "/v1/../admin/keys",
                        "/v1/%2e%2e/admin/keys",
                        "/health/../admin/keys",
                        "/admin/keys;x",
                        "/ADMIN/keys",
                        "/actuator/health/..%2f..%2fadmin%2fkeys")) {
            var answer = call("GET", path, key, null);
            assertThat(answer.statusCode()).as(path).isIn(403, 404);
            assertThat(answer.body()).as(path).doesNotContain("\"keys\"");
        }
        for (var method : Arrays.asList("HEAD", "OPTIONS", "TRACE", "PATCH")) {
            assertThat(call(method, "/admin/keys", null, null).statusCode())
                    .as(method)
                    .isIn(401, 405);
            assertThat(call(method, "/admin/keys", key, null).statusCode())
                    .as(method)
                    .isIn(403, 405);
        }
    }

    @Test
    void answersHaveHeadersAgainstBrowsersButNoneForOtherOrigins() throws Exception {
        for (var path : List.of("/health", "/v1/models", "/nowhere")) {
            var headers = call("GET", path, ADMIN, null).headers();
            assertThat(headers.firstValue("X-Content-Type-Options")).as(path).hasValue("nosniff");
            assertThat(headers.firstValue("X-Frame-Options")).as(path).hasValue("DENY");
            assertThat(headers.firstValue("Cache-Control")).as(path).isPresent();
            assertThat(headers.firstValue("Access-Control-Allow-Origin")).as(path).isEmpty();
            assertThat(headers.firstValue("Set-Cookie")).as(path).isEmpty();
        }
    }
}
