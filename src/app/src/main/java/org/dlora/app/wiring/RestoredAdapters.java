package org.dlora.app.wiring;

import java.util.Optional;
import org.dlora.adapter.AdapterSource;
import org.dlora.catalogue.RestoredCatalogue;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.CatalogueStore;

/**
 * The catalogue as the start finds it, and where its adapters come from.
 *
 * @param initial adapters below the roots
 * @param contents folders of acquired adapters
 * @param source folders that adapters are loaded from
 * @param kept content of {@code store}; empty if that cannot be read yet
 */
record RestoredAdapters(
        OpenedModel model,
        InitialAdapters initial,
        ContentStore contents,
        AdapterSource source,
        Registrations registrations,
        CatalogueStore store,
        Optional<CatalogueContent> kept,
        RestoredCatalogue restored) {

    Catalogue catalogue() {
        return restored.catalogue();
    }
}
