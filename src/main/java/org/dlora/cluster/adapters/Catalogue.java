package org.dlora.cluster.adapters;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The served adapters by name. A change is one swap of the whole map, so a reader sees the state
 * before or after it and never waits.
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

    /** Returns the base model's name for clients; no adapter can have it. */
    public String baseName() {
        return baseName;
    }

    /**
     * Lists the adapters served now. A new version stands in the place of the old one; new names
     * come last.
     */
    public List<ServedAdapter> adapters() {
        return List.copyOf(adapters.values());
    }

    /** Returns the adapter that is served as {@code name} now; empty for the base. */
    public Optional<ServedAdapter> find(String name) {
        return Optional.ofNullable(adapters.get(name));
    }

    /** Serves {@code adapter}; returns the adapter that had the name before. */
    public synchronized Optional<ServedAdapter> put(ServedAdapter adapter) {
        var changed = new LinkedHashMap<>(adapters);
        var before = changed.put(adapter.name(), adapter);
        adapters = Collections.unmodifiableMap(changed);
        return Optional.ofNullable(before);
    }

    /** Takes a name away; returns the adapter that had it. */
    public synchronized Optional<ServedAdapter> remove(String name) {
        var changed = new LinkedHashMap<>(adapters);
        var before = changed.remove(name);
        adapters = Collections.unmodifiableMap(changed);
        return Optional.ofNullable(before);
    }
}
