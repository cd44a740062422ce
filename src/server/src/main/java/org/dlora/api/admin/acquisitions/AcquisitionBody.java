package org.dlora.api.admin.acquisitions;

import java.time.Instant;
import org.dlora.catalogue.source.AcquisitionReport;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A job that acquires an adapter.
 *
 * @param name null until a client has sent it
 * @param source as it was asked for, or {@code upload}
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
public record AcquisitionBody(
        String id,
        @Nullable String name,
        String source,
        boolean inPlace,
        boolean activate,
        String state,
        long bytes,
        @Nullable Long totalBytes,
        @Nullable String origin,
        @Nullable String hash,
        @Nullable String error,
        Instant created,
        @Nullable Instant ended) {

    /**
     * Returns a job as a call may see it: source, origin and error are for those who may change the
     * adapter.
     */
    public static AcquisitionBody of(AcquisitionReport job, Access access) {
        boolean isWhole = job.name().map(access::mayInspect).orElseGet(() -> !access.isLimited());
        return new AcquisitionBody(
                job.id(),
                job.name().orElse(null),
                isWhole ? job.source() : "",
                job.inPlace(),
                job.isActivated(),
                job.state().label(),
                job.bytes(),
                job.totalBytes().isPresent() ? job.totalBytes().getAsLong() : null,
                job.origin().filter(_ -> isWhole).orElse(null),
                job.hash().orElse(null),
                job.problem().filter(_ -> isWhole).orElse(null),
                job.created(),
                job.ended().orElse(null));
    }
}
