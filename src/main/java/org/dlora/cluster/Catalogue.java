package org.dlora.cluster;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which adapter each name stands for. Changes while requests come in: a change is one swap of the
 * whole map, so a reader sees the state before or after it and never waits.
 */
public final class Catalogue {
    private final String baseName;
    private volatile Map<String, ServedAdapter> adapters;

    /**
     * @param adapters in the order to list them
     * @throws IllegalArgumentException if two models have the same name
     */
    public Catalogue(String baseName, List<ServedAdapter> adapters) {
        this.baseName = baseName;
        var byName = new LinkedHashMap<String, ServedAdapter>();
        for (var adapter : adapters) {
            if (adapter.name().equals(baseName) || byName.put(adapter.name(), adapter) != null) {
                throw new IllegalArgumentException(
                        "Two models would be served as '%s': rename the adapter in %s or set dlora.served-name"
                                .formatted(adapter.name(), adapter.folder()));
            }
        }
        this.adapters = Collections.unmodifiableMap(byName);
    }

    /** What clients call the base model; no adapter can have this name. */
    public String baseName() {
        return baseName;
    }

    /** All there are now, a replaced one in the place of its first version, new ones last. */
    public List<ServedAdapter> adapters() {
        return List.copyOf(adapters.values());
    }

    /** What {@code name} stands for now; empty for the base. */
    public Optional<ServedAdapter> find(String name) {
        return Optional.ofNullable(adapters.get(name));
    }

    /** Returns what had the name before. */
    synchronized Optional<ServedAdapter> put(ServedAdapter adapter) {
        var changed = new LinkedHashMap<>(adapters);
        var before = changed.put(adapter.name(), adapter);
        adapters = Collections.unmodifiableMap(changed);
        return Optional.ofNullable(before);
    }

    /** Returns what had the name. */
    synchronized Optional<ServedAdapter> remove(String name) {
        var changed = new LinkedHashMap<>(adapters);
        var before = changed.remove(name);
        adapters = Collections.unmodifiableMap(changed);
        return Optional.ofNullable(before);
    }
}
