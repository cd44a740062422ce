package org.dlora.catalogue;

import java.util.Optional;
import org.dlora.catalogue.served.GateFailedException;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.versions.CatalogueUnavailableException;

/** A registration of acquired content, with its outcome in the terms of an acquisition. */
public final class AcquiredContent {
    private AcquiredContent() {}

    /**
     * Makes a registration.
     *
     * @return why requests for the name do not get the content although it is kept, as it did not
     *     pass its gate; empty if they get it
     * @throws SourceException of kind {@code UNRECORDED} if the catalogue may have it all the same:
     *     a commit whose answer was lost
     */
    public static Optional<String> register(Runnable registration) {
        try {
            registration.run();
            return Optional.empty();
        } catch (GateFailedException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } catch (CatalogueUnavailableException e) {
            throw new SourceException(
                    SourceException.Kind.UNRECORDED, String.valueOf(e.getMessage()));
        }
    }
}
