package org.dlora.catalogue.source.fetch;

import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.Set;
import org.dlora.catalogue.source.fetch.HttpFetch.Request;
import org.dlora.catalogue.source.fetch.SourceException.Kind;

/** Errors for answers of sources that have another status than success. */
public final class HttpStatusError {
    private static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504);

    private HttpStatusError() {}

    /**
     * Returns the error of an answer. One that may pass is {@link Kind#UNAVAILABLE}, all others are
     * {@link Kind#REFUSED}.
     */
    public static SourceException of(Request request, HttpResponse<InputStream> answer) {
        int status = answer.statusCode();
        var host = request.uri().getHost();
        if (PASSING.contains(status)) {
            return new SourceException(
                    Kind.UNAVAILABLE,
                    "%s cannot be fetched now: %s answers %d"
                            .formatted(request.what(), host, status));
        }
        var words =
                switch (status) {
                    case 401, 403 -> "does not allow it";
                    case 404, 410 -> "does not have it";
                    default -> "refuses it";
                };
        return SourceException.refused(
                "%s cannot be fetched: %s %s (%d)".formatted(request.what(), host, words, status));
    }
}
