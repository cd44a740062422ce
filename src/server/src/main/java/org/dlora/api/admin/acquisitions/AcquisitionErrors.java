package org.dlora.api.admin.acquisitions;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.source.fetch.SourceException;
import org.springframework.http.HttpStatus;

/** Errors of acquisitions as answers. */
final class AcquisitionErrors {
    private AcquisitionErrors() {}

    /** Returns the answer to an error; a defect is returned as it is. */
    static Throwable answer(Throwable e) {
        return switch (e) {
            case CompletionException wrapped when wrapped.getCause() != null ->
                    answer(wrapped.getCause());
            case SourceException problem -> answer(problem);
            case AdapterRefusedException refused ->
                    ApiException.invalid(null, sentence(String.valueOf(refused.getMessage())));
            case CancellationException cancelled ->
                    ApiException.of(
                            HttpStatus.CONFLICT, sentence(String.valueOf(cancelled.getMessage())));
            default -> e;
        };
    }

    private static ApiException answer(SourceException problem) {
        var message = sentence(String.valueOf(problem.getMessage()));
        return switch (problem.kind()) {
            case REFUSED -> ApiException.invalid(null, message);
            case FORBIDDEN -> ApiException.of(HttpStatus.FORBIDDEN, message);
            case TOO_LARGE -> ApiException.of(HttpStatus.CONTENT_TOO_LARGE, message);
            case UNAVAILABLE -> ApiException.of(HttpStatus.BAD_GATEWAY, message);
            case STORAGE, UNRECORDED -> ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, message);
            case CONFLICT -> ApiException.of(HttpStatus.CONFLICT, message);
            case BUSY -> ApiException.busy(message);
        };
    }

    private static String sentence(String message) {
        return message.endsWith(".") ? message : message + ".";
    }
}
