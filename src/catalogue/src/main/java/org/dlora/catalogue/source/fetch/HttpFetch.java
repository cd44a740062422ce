package org.dlora.catalogue.source.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * HTTP client of the sources. It follows redirects by itself, so that each is checked, and sends
 * credentials to the host that they are for only. Thread-safe.
 */
public final class HttpFetch implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final Duration HEAD = Duration.ofSeconds(60);
    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final int MOST_REDIRECTS = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final Supplier<HttpClient> clients;
    private final IdleWatch idle;
    private final Pause pause;
    private @Nullable HttpClient client;

    /**
     * @param clients makes a client when one is first needed, which takes a while; it must not
     *     follow redirects, and is closed with this
     * @param idle time after which a body that gives no bytes is given up
     */
    public HttpFetch(Supplier<HttpClient> clients, Duration idle, Pause pause) {
        this.clients = clients;
        this.idle = new IdleWatch(idle);
        this.pause = pause;
    }

    /** Returns a client with the limits that servers use. */
    public static HttpFetch ofSystem() {
        return new HttpFetch(
                () ->
                        HttpClient.newBuilder()
                                .connectTimeout(CONNECT)
                                .followRedirects(HttpClient.Redirect.NEVER)
                                .build(),
                IDLE,
                Thread::sleep);
    }

    /**
     * A request to a source.
     *
     * @param authorization value of the header {@code Authorization}; sent to the host of {@code
     *     uri} only
     * @param what words for errors: what is asked for
     */
    public record Request(
            URI uri, Optional<String> authorization, Redirects redirects, String what) {

        Request to(URI next) {
            boolean isSame = authority(next).equals(authority(uri));
            return new Request(next, isSame ? authorization : Optional.empty(), redirects, what);
        }

        private static String authority(URI uri) {
            return "%s %s %s".formatted(uri.getScheme(), uri.getHost(), uri.getPort());
        }
    }

    /**
     * Asks for the head alone. Redirects within the host are followed up to an answer that tells of
     * the file; one to another host is such an answer.
     *
     * @param telling name of a header that an answer has only if it tells of the file
     * @throws SourceException if there is no answer
     */
    public HttpResponse<InputStream> head(Request request, String telling) {
        var at = request;
        for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
            var answer = send("HEAD", at, Map.of());
            close(answer);
            var next = location(answer);
            if (next.isEmpty() || answer.headers().firstValue(telling).isPresent()) {
                return answer;
            }
            var redirected = resolved(at, next.get());
            if (!Request.authority(redirected).equals(Request.authority(at.uri))) {
                return answer;
            }
            at = at.to(redirected);
        }
        throw tooMany(request);
    }

    /**
     * Asks for a body, which the caller closes. Redirects are followed.
     *
     * @throws SourceException if there is no answer, or a redirect is not allowed
     */
    public HttpResponse<InputStream> get(Request request, Map<String, String> headers) {
        var at = request;
        for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
            var answer = send("GET", at, headers);
            var next = location(answer);
            if (next.isEmpty()) {
                return answer;
            }
            close(answer);
            at = redirected(at, next.get());
        }
        throw tooMany(request);
    }

    /** Returns a body of at most {@code limit} bytes whole. */
    public byte[] body(Request request, HttpResponse<InputStream> answer, int limit) {
        try (var in = answer.body()) {
            var bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw SourceException.refused(
                        "The answer for %s has more than %d bytes".formatted(request.what, limit));
            }
            return bytes;
        } catch (IOException e) {
            throw broken(request, e);
        }
    }

    /** Begins a download with this client. */
    public FileDownload download(Request request) {
        return new FileDownload(this, request, idle, pause);
    }

    private HttpResponse<InputStream> send(
            String method, Request request, Map<String, String> headers) {
        try {
            var builder =
                    HttpRequest.newBuilder(request.uri)
                            .timeout(HEAD)
                            .method(method, BodyPublishers.noBody())
                            .header("User-Agent", "dlora")
                            .header("Accept-Encoding", "identity");
            request.authorization.ifPresent(value -> builder.header("Authorization", value));
            headers.forEach(builder::header);
            return client().send(builder.build(), BodyHandlers.ofInputStream());
        } catch (IllegalArgumentException e) {
            throw SourceException.refused(
                    "%s cannot be asked for: %s".formatted(request.what, e.getMessage()));
        } catch (IOException e) {
            throw broken(request, e);
        } catch (InterruptedException _) {
            throw interrupted();
        }
    }

    static CancellationException interrupted() {
        Thread.currentThread().interrupt();
        return new CancellationException("The transfer was interrupted");
    }

    static SourceException broken(Request request, IOException e) {
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted();
        }
        return SourceException.unavailable(
                "%s cannot be fetched from %s: %s"
                        .formatted(request.what, request.uri.getHost(), words(e)),
                e);
    }

    /** The JDK's client gives no words where nobody takes the connection. */
    private static String words(IOException e) {
        return e instanceof ConnectException && e.getMessage() == null
                ? "no connection; is the host right, and reachable from here?"
                : Optional.ofNullable(e.getMessage()).orElse("the connection broke");
    }

    private static Optional<String> location(HttpResponse<InputStream> answer) {
        return REDIRECTS.contains(answer.statusCode())
                ? answer.headers().firstValue("Location")
                : Optional.empty();
    }

    /** Returns the request that a redirect asks for, if it is allowed. */
    private static Request redirected(Request request, String location) {
        var next = resolved(request, location);
        request.redirects.check(request.uri, next);
        return request.to(next);
    }

    private static URI resolved(Request request, String location) {
        try {
            return request.uri.resolve(location);
        } catch (IllegalArgumentException _) {
            throw SourceException.refused(
                    "%s redirects to %s, which is no URL"
                            .formatted(request.uri.getHost(), Quotes.of(location)));
        }
    }

    private static SourceException tooMany(Request request) {
        return SourceException.refused(
                "%s is redirected more than %d times".formatted(request.what, MOST_REDIRECTS));
    }

    /** Gives an answer up without reading its body. */
    public static void close(HttpResponse<InputStream> answer) {
        try {
            answer.body().close();
        } catch (IOException _) {
            // Nothing is read from it any more.
        }
    }

    private synchronized HttpClient client() {
        var known = client;
        if (known == null) {
            known = clients.get();
            client = known;
        }
        return known;
    }

    @Override
    public synchronized void close() {
        idle.close();
        var known = client;
        if (known != null) {
            known.shutdownNow();
        }
    }
}
