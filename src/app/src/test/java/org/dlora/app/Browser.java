package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A browser without scripts: it keeps cookies, sends forms, and follows no redirect. */
final class Browser implements AutoCloseable {
    private static final Pattern CSRF = Pattern.compile("name=\"_csrf\" value=\"([^\"]+)\"");

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    final Map<String, String> cookies = new LinkedHashMap<>();

    /** Headers of each request, as a proxy adds them. */
    final Map<String, String> headers = new LinkedHashMap<>();

    Browser(String url) {
        this.url = url;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(page(path).GET());
    }

    /** Sends a form, with the token of the page that it stands on. */
    HttpResponse<String> submit(String page, String path, Map<String, String> fields)
            throws IOException, InterruptedException {
        return post(path, fields, csrf(page));
    }

    HttpResponse<String> post(String path, Map<String, String> fields, @Nullable String csrf)
            throws IOException, InterruptedException {
        var all = new LinkedHashMap<>(fields);
        if (csrf != null) {
            all.put("_csrf", csrf);
        }
        return postForm(path, encoded(all));
    }

    private static String encoded(Map<String, String> all) {
        return all.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
    }

    /**
     * Sends a form that may have several fields of one name.
     *
     * @param form encoded, its token included
     */
    HttpResponse<String> postForm(String path, String form)
            throws IOException, InterruptedException {
        return send(
                page(path)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(form)));
    }

    /** Returns the token of the forms of a page. */
    String csrf(String page) throws IOException, InterruptedException {
        var found = CSRF.matcher(get(page).body());
        if (!found.find()) {
            throw new IllegalStateException("No form at " + page);
        }
        return found.group(1);
    }

    HttpResponse<String> signIn(String name, String password)
            throws IOException, InterruptedException {
        return submit(
                "/console/login", "/console/login", Map.of("name", name, "password", password));
    }

    /** Calls an endpoint as a script of a page would. */
    HttpResponse<String> call(
            String method, String path, @Nullable String csrf, @Nullable String body)
            throws IOException, InterruptedException {
        return send(script(method, path, csrf, body));
    }

    HttpRequest.Builder script(
            String method, String path, @Nullable String csrf, @Nullable String body) {
        var request = request(path);
        if (csrf != null) {
            request.header("X-CSRF-TOKEN", csrf);
        }
        return body == null
                ? request.method(method, BodyPublishers.noBody())
                : request.header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body));
    }

    private HttpRequest.Builder page(String path) {
        return request(path).header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    }

    private HttpRequest.Builder request(String path) {
        var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofMinutes(2));
        headers.forEach(request::header);
        if (!cookies.isEmpty()) {
            request.header(
                    "Cookie",
                    cookies.entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        return request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        var answer = http.send(request.build(), BodyHandlers.ofString());
        for (var header : answer.headers().allValues("Set-Cookie")) {
            for (var cookie : HttpCookie.parse(header)) {
                if (cookie.getMaxAge() == 0) {
                    cookies.remove(cookie.getName());
                } else {
                    cookies.put(cookie.getName(), cookie.getValue());
                }
            }
        }
        return answer;
    }

    @Override
    public void close() {
        http.close();
    }
}
