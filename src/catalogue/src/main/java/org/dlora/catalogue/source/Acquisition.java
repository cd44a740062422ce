package org.dlora.catalogue.source;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A job that acquires an adapter.
 *
 * @param name null until a client has sent it
 * @param source as it was asked for without secrets, or {@code upload}; empty for those who may not
 *     change the adapter, as are origin and error
 * @param inPlace whether it may replace an adapter of its name
 * @param activate whether requests for the name get it
 * @param state waiting, receiving, fetching, validating, loading, ready, failed or cancelled
 * @param bytes that were transferred
 * @param totalBytes that will be, null if that is not known
 * @param origin the source with the revision that was fetched, null until that is known
 * @param hash of the content, null until the adapter is served
 * @param error why it failed, else null
 * @param ended null while it is unfinished
 */
@JsonNaming(SnakeCaseStrategy.class)
public record Acquisition(
        String id,
        @Nullable String name,
        String source,
        boolean inPlace,
        boolean activate,
        AcquisitionState state,
        long bytes,
        @Nullable Long totalBytes,
        @Nullable String origin,
        @Nullable String hash,
        @Nullable String error,
        Instant created,
        @Nullable Instant ended) {
    private static final Set<String> KINDS = Set.of("hf", "https", "s3");

    /** Returns the kind of the source: {@code hf}, {@code https}, {@code s3}, upload or path. */
    public String kind() {
        int colon = source.indexOf(':');
        if (source.equals(AcquisitionRequest.UPLOAD)) {
            return source;
        }
        return colon > 0 && KINDS.contains(source.substring(0, colon))
                ? source.substring(0, colon)
                : "path";
    }

    /** Returns what those may see who may not change the adapter: neither source nor error. */
    public Acquisition withoutSource() {
        return new Acquisition(
                id,
                name,
                "",
                inPlace,
                activate,
                state,
                bytes,
                totalBytes,
                null,
                hash,
                null,
                created,
                ended);
    }
}
