package org.dlora.operate.adapters;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.CommandRefusedException.Kind;

/** Translator of errors of acquisitions into refusals of commands. */
public final class AcquisitionRefusals {
    private AcquisitionRefusals() {}

    /** Returns the refusal that an error means; any other one as given. */
    public static RuntimeException translated(RuntimeException error) {
        return switch (error) {
            case CompletionException wrapped
                    when wrapped.getCause() instanceof RuntimeException cause ->
                    translated(cause);
            case SourceException problem ->
                    CommandRefusedException.of(kind(problem.kind()), sentence(problem));
            case AdapterRefusedException refused ->
                    CommandRefusedException.of(Kind.INVALID, sentence(refused));
            case CancellationException cancelled ->
                    CommandRefusedException.of(Kind.CONFLICT, sentence(cancelled));
            default -> error;
        };
    }

    private static Kind kind(SourceException.Kind problem) {
        return switch (problem) {
            case REFUSED -> Kind.INVALID;
            case FORBIDDEN -> Kind.FORBIDDEN;
            case TOO_LARGE -> Kind.TOO_LARGE;
            case UNAVAILABLE -> Kind.SOURCE_UNAVAILABLE;
            case STORAGE, UNRECORDED -> Kind.UNAVAILABLE;
            case CONFLICT -> Kind.CONFLICT;
            case BUSY -> Kind.BUSY;
        };
    }

    private static String sentence(RuntimeException error) {
        var message = String.valueOf(error.getMessage());
        return message.endsWith(".") ? message : message + ".";
    }
}
