package org.dlora.operate.adapters;

import java.util.function.Supplier;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.CommandRefusedException.Kind;
import org.dlora.security.limits.LimitExceededException;

/** Translator of what the catalogue refuses into refusals of commands. */
public final class CatalogueRefusals {
    private CatalogueRefusals() {}

    /** Runs a command on this thread, which may block. */
    public static <T> T translated(Supplier<T> command) {
        try {
            return command.get();
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    /** Returns the refusal that an exception of the catalogue means; any other one as given. */
    public static RuntimeException translated(RuntimeException refusal) {
        return switch (refusal) {
            case NoSuchAdapterException e when e.todo().isPresent() ->
                    CommandRefusedException.of(
                            Kind.UNKNOWN,
                            "%s; %s.".formatted(e.getMessage(), e.todo().orElseThrow()));
            case NoSuchAdapterException e ->
                    CommandRefusedException.of(
                            Kind.UNKNOWN_ADAPTER,
                            e.getMessage() + "; GET /admin/adapters lists what is served.");
            case AdapterRefusedException e ->
                    CommandRefusedException.invalid(null, String.valueOf(e.getMessage()));
            case CatalogueUnavailableException e ->
                    CommandRefusedException.of(
                            Kind.STORE_UNAVAILABLE, String.valueOf(e.getMessage()));
            case IllegalStateException e ->
                    e.getCause() instanceof LimitExceededException limit
                            ? limit
                            : CommandRefusedException.of(Kind.CONFLICT, e.getMessage() + ".");
            default -> refusal;
        };
    }
}
