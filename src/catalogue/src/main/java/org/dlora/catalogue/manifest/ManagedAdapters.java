package org.dlora.catalogue.manifest;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dlora.catalogue.versions.Gate;

/**
 * Members of adapters that the manifest in force manages, so that nobody else changes them.
 * Thread-safe.
 */
public final class ManagedAdapters {
    private volatile Map<String, DesiredAdapter> byName = Map.of();

    /** Puts a manifest into force in the place of the one before. */
    void replace(Manifest manifest) {
        byName =
                manifest.adapters().stream()
                        .collect(Collectors.toMap(DesiredAdapter::name, Function.identity()));
    }

    /** Returns an adapter's entry in the manifest in force; empty if there is none. */
    public Optional<DesiredAdapter> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** Returns whether the manifest says which content an adapter has. */
    public boolean hasContent(String name) {
        return find(name).filter(DesiredAdapter::hasContent).isPresent();
    }

    /**
     * Returns the gate that an adapter's first version has to pass: the manifest's, or else the one
     * that the adapter has.
     */
    public Optional<Gate> firstGate(String name, Optional<Gate> present) {
        return find(name).map(adapter -> adapter.firstGate(present)).orElse(present);
    }

    /** Returns the members of an adapter that come from the manifest; empty if none does. */
    public Set<String> members(String name) {
        return find(name).map(adapter -> adapter.members().keySet()).orElse(Set.of());
    }

    /**
     * Checks that the manifest does not say which content an adapter has.
     *
     * @throws ManagedAdapterException if it does
     */
    public void requireFreeContent(String name) {
        find(name)
                .filter(DesiredAdapter::hasContent)
                .ifPresent(adapter -> {
                    throw new ManagedAdapterException(adapter, DesiredAdapter.SERVED);
                });
    }

    /**
     * Checks that the manifest does not say a member of an adapter.
     *
     * @throws ManagedAdapterException if it does
     */
    public void requireFree(String name, String member) {
        find(name)
                .filter(adapter -> adapter.members().containsKey(member))
                .ifPresent(adapter -> {
                    throw new ManagedAdapterException(adapter, member);
                });
    }
}
