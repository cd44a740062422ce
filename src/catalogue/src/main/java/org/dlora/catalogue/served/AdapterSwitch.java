package org.dlora.catalogue.served;

import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.scheduling.residency.Residence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Effect of a change of an adapter's routes on one memory: the pin follows the name, and versions
 * that no alias uses any more give their memory back once their requests have ended.
 */
public final class AdapterSwitch {
    private static final Logger log = LoggerFactory.getLogger(AdapterSwitch.class);

    private final CatalogueEntry before;
    private final CatalogueEntry after;
    private final AdapterMemory memory;

    private AdapterSwitch(CatalogueEntry before, CatalogueEntry after, AdapterMemory memory) {
        this.before = before;
        this.after = after;
        this.memory = memory;
    }

    /**
     * Returns the switch from one state to the next.
     *
     * @param after whose registrations {@code memory} knows, beside those of {@code before}
     */
    public static AdapterSwitch of(
            CatalogueEntry before, CatalogueEntry after, AdapterMemory memory) {
        return new AdapterSwitch(before, after, memory);
    }

    /** Makes the change. */
    public void apply() {
        var routed = ids(after);
        boolean isPinned = ids(before).stream().anyMatch(this::isPinned);
        if (isPinned) {
            ids(before).stream()
                    .filter(id -> !routed.contains(id))
                    .forEach(id -> memory.pin(id, false));
            routed.forEach(this::pin);
        }
        before.registrations().keySet().stream()
                .filter(id -> before.isUsed(id) && !after.isUsed(id))
                .filter(after.registrations()::containsKey)
                .forEach(this::rest);
    }

    private static Set<String> ids(CatalogueEntry entry) {
        return entry.routed().stream().map(ServedAdapter::id).collect(Collectors.toSet());
    }

    private boolean isPinned(String id) {
        return memory.status(id).filter(AdapterStatus::pinned).isPresent();
    }

    private void pin(String id) {
        try {
            memory.pin(id, true);
        } catch (IllegalStateException e) {
            log.warn("Adapter {} is not pinned any more: {}", after.name(), e.getMessage());
        }
    }

    private void rest(String id) {
        if (memory.status(id).filter(AdapterSwitch::isWanted).isEmpty()) {
            evict(id);
            return;
        }
        try {
            var _ = memory.makeResident(id).thenRun(() -> evict(id)).exceptionally(_ -> null);
        } catch (IllegalStateException e) {
            log.debug("Adapter {} is not evicted", id, e);
        }
    }

    private static boolean isWanted(AdapterStatus status) {
        return status.waiting() > 0 || status.residence() == Residence.LOADING;
    }

    private void evict(String id) {
        try {
            var _ = memory.evict(id);
        } catch (IllegalStateException | IllegalArgumentException e) {
            log.debug("Adapter {} is not evicted", id, e);
        }
    }
}
