package org.dlora.catalogue.source.hub;

import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.dlora.catalogue.source.fetch.FileDownload;
import org.dlora.catalogue.source.fetch.HttpFetch;
import org.dlora.catalogue.source.fetch.HttpFetch.Request;
import org.dlora.catalogue.source.fetch.HttpStatusError;
import org.dlora.catalogue.source.fetch.InternalAddresses;
import org.dlora.catalogue.source.fetch.Redirects;
import org.dlora.catalogue.source.fetch.SourceException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The calls of the hub's HTTP API. Thread-safe. */
final class HubClient {
    private static final int MOST_BYTES = 16 << 20;
    private static final String LINKED_TAG = "X-Linked-Etag";
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpFetch http;
    private final HubSettings settings;
    private final Redirects redirects;

    HubClient(HttpFetch http, HubSettings settings, InternalAddresses internal) {
        this.http = http;
        this.settings = settings;
        redirects = Redirects.toPublicHosts(settings.endpoint(), internal);
    }

    /** The commit of a revision, and the names of its files. */
    record Revision(String commit, List<String> files) {}

    /**
     * Looks a revision up.
     *
     * @throws SourceException if there is none, or it is closed to us
     */
    Revision revision(HubReference reference) {
        var request =
                request(
                        "/api/models/%s/revision/%s"
                                .formatted(reference.repository(), encoded(reference.revision())),
                        reference.toString());
        var answer = http.get(request, Map.of());
        if (answer.statusCode() != 200) {
            HttpFetch.close(answer);
            throw error(request, reference, answer);
        }
        return read(http.body(request, answer, MOST_BYTES), reference);
    }

    private static Revision read(byte[] body, HubReference reference) {
        try {
            var json = JSON.readTree(body);
            var commit = json.path("sha").asString("");
            var files = new ArrayList<String>();
            json.path("siblings").forEach(file -> files.add(file.path("rfilename").asString("")));
            if (HubReference.isCommit(commit)) {
                return new Revision(commit, files);
            }
        } catch (JacksonException _) {
            // As if there were no commit.
        }
        throw new SourceException(
                SourceException.Kind.UNAVAILABLE,
                "The hub's answer for %s is not what its API promises: expected a JSON object with sha and siblings"
                        .formatted(reference));
    }

    /**
     * Asks for the hash and the size of a file.
     *
     * @throws SourceException if the hub gives no hash that content can be checked by, too
     */
    HubFile file(HubReference at, String name) {
        var request = request(path(at, name), "%s of %s".formatted(name, at));
        var answer = http.head(request, LINKED_TAG);
        if (answer.statusCode() >= 400) {
            throw error(request, at, answer);
        }
        var hash =
                header(answer, LINKED_TAG)
                        .or(() -> header(answer, "ETag"))
                        .map(HubClient::unquoted)
                        .filter(BlobHash::isOne)
                        .orElseThrow(() ->
                                SourceException.refused(
                                        "The hub gives no hash for %s of %s, so that its content cannot be checked"
                                                .formatted(name, at)));
        var size =
                header(answer, "X-Linked-Size")
                        .or(() ->
                                answer.statusCode() == 200
                                        ? header(answer, "Content-Length")
                                        : Optional.empty())
                        .filter(text -> text.matches("\\d{1,18}"))
                        .map(text -> OptionalLong.of(Long.parseLong(text)))
                        .orElse(OptionalLong.empty());
        return new HubFile(name, hash, size);
    }

    /** Begins the download of a file. */
    FileDownload download(HubReference at, HubFile file) {
        return http.download(request(path(at, file.name()), "%s of %s".formatted(file.name(), at)))
                .ofFixedContent(file.size());
    }

    private Request request(String path, String what) {
        return new Request(
                URI.create(settings.endpoint() + path),
                settings.token().map(token -> "Bearer " + token),
                redirects,
                what);
    }

    private static String path(HubReference at, String name) {
        return "/%s/resolve/%s/%s"
                .formatted(at.repository(), encoded(at.revision()), encoded(name));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String unquoted(String tag) {
        return tag.replaceFirst("^W/", "").replace("\"", "");
    }

    private static Optional<String> header(HttpResponse<InputStream> answer, String name) {
        return answer.headers().firstValue(name);
    }

    private SourceException error(
            Request request, HubReference reference, HttpResponse<InputStream> answer) {
        var code = header(answer, "X-Error-Code").orElse("");
        var words =
                switch (answer.statusCode()) {
                    case 401 ->
                            "The hub has no repository %s, or keeps it private (401); set HF_TOKEN to a token that may read it"
                                    .formatted(reference.repository());
                    case 403 ->
                            "The hub does not let this token read %s (403); ask for access at %s/%s, and set HF_TOKEN"
                                    .formatted(
                                            reference.repository(),
                                            settings.endpoint(),
                                            reference.repository());
                    case 404 ->
                            switch (code) {
                                case "RevisionNotFound" ->
                                        "The repository %s has no revision %s (404)"
                                                .formatted(
                                                        reference.repository(),
                                                        reference.revision());
                                case "EntryNotFound" -> request.what() + " is not there (404)";
                                default ->
                                        "The hub has no repository %s with a revision %s (404)"
                                                .formatted(
                                                        reference.repository(),
                                                        reference.revision());
                            };
                    default -> "";
                };
        return words.isEmpty()
                ? HttpStatusError.of(request, answer)
                : SourceException.refused(words);
    }
}
