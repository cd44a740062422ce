package org.dlora.catalogue.versions;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Store that keeps the catalogue until the process ends. */
public final class MemoryCatalogueStore implements CatalogueStore {
    private final Map<String, AdapterRecord> adapters = new LinkedHashMap<>();
    private Map<String, Double> shares = Map.of();

    @Override
    public synchronized CatalogueContent read() {
        return new CatalogueContent(List.copyOf(adapters.values()), shares);
    }

    @Override
    public synchronized void write(AdapterRecord adapter) {
        adapters.put(adapter.name(), adapter);
    }

    @Override
    public synchronized void delete(AdapterRecord known) {
        adapters.remove(known.name());
    }

    @Override
    public synchronized void writeShares(Map<String, Double> before, Map<String, Double> after) {
        var changed = new HashMap<>(shares);
        changed.keySet().removeAll(before.keySet());
        changed.putAll(after);
        shares = Map.copyOf(changed);
    }
}
