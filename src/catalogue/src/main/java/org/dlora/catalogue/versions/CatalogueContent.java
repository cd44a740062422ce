package org.dlora.catalogue.versions;

import java.util.List;
import java.util.Map;

/**
 * Content of the catalogue for one base model.
 *
 * @param adapters in the order of their creation
 * @param shares weights of service by the adapter's name; the empty string is the base model's
 */
public record CatalogueContent(List<AdapterRecord> adapters, Map<String, Double> shares) {
    /** An empty catalogue. */
    public static final CatalogueContent EMPTY = new CatalogueContent(List.of(), Map.of());

    public CatalogueContent {
        adapters = List.copyOf(adapters);
        shares = Map.copyOf(shares);
    }
}
