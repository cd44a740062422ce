package org.dlora.catalogue.source;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * An acquisition at one moment.
 *
 * @param name of the adapter; empty until a client has sent it
 * @param source reference or path, without secrets, or {@code upload}
 * @param inPlace whether it may replace an adapter of its name
 * @param isActivated whether requests for the name get it, or it becomes a version beside them
 * @param bytes that were transferred
 * @param totalBytes that will be transferred, where that is known
 * @param origin the source with the revision that was fetched, once that is known
 * @param hash of the content, once the adapter is in the store
 * @param problem why it failed
 */
public record AcquisitionReport(
        String id,
        Optional<String> name,
        String source,
        boolean inPlace,
        boolean isActivated,
        AcquisitionState state,
        long bytes,
        OptionalLong totalBytes,
        Optional<String> origin,
        Optional<String> hash,
        Optional<String> problem,
        Instant created,
        Optional<Instant> ended) {
    static final String UPLOAD = "upload";
    private static final Set<String> KINDS = Set.of("hf", "https", "s3");

    /** Returns the kind of the source: {@code hf}, {@code https}, {@code s3}, upload or path. */
    public String kind() {
        int colon = source.indexOf(':');
        if (source.equals(UPLOAD)) {
            return UPLOAD;
        }
        return colon > 0 && KINDS.contains(source.substring(0, colon))
                ? source.substring(0, colon)
                : "path";
    }
}
