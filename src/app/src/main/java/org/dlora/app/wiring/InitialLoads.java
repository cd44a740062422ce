package org.dlora.app.wiring;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.dlora.app.device.MemoryPlan;
import org.dlora.app.device.MemoryShare;
import org.dlora.app.settings.AdapterLoading;
import org.dlora.app.settings.AdapterProperties;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.Progress;
import org.dlora.engine.opening.StartException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads of the adapters that are resident from the start.
 *
 * @param needed adapters that the start requires to fit
 */
record InitialLoads(
        List<ServedAdapter> served,
        List<ServedAdapter> pinned,
        List<ServedAdapter> needed,
        Clock clock,
        Closing closing) {
    private static final Logger log = LoggerFactory.getLogger(InitialLoads.class);

    /** Adapters that are loaded before the warm-up, which measures what adapters cost. */
    private static final int WARM = 8;

    /**
     * Returns the loads that the settings ask for.
     *
     * @param isComplete whether the catalogue has all adapters; else one that is to be pinned may
     *     follow
     * @throws StartException if an adapter that is to be pinned is not served
     */
    static InitialLoads of(
            AdapterProperties settings,
            Catalogue catalogue,
            boolean isComplete,
            Clock clock,
            Closing closing) {
        var served = catalogue.adapters();
        var pinned = pinned(settings, catalogue, isComplete);
        var needed = settings.load() == AdapterLoading.START ? served : pinned;
        return new InitialLoads(served, pinned, needed, clock, closing);
    }

    private static List<ServedAdapter> pinned(
            AdapterProperties settings, Catalogue catalogue, boolean isComplete) {
        return settings.pinned().stream()
                .distinct()
                .filter(name -> isComplete || catalogue.find(name).isPresent())
                .map(name ->
                        catalogue
                                .find(name)
                                .orElseThrow(() ->
                                        new StartException(
                                                "dlora.adapters.pinned names '%s', which is not served. Name an adapter below dlora.adapters.roots."
                                                        .formatted(name))))
                .toList();
    }

    /**
     * Loads the adapters into the memory of a share.
     *
     * @throws StartException if those needed do not fit
     */
    void into(AdapterMemory memory, MemoryShare share) {
        MemoryPlan.requireRoom(share.books(), memory.sparable(), needed.size(), bytes(needed));
        var wanted = wanted(share);
        // All KV gives up is given up now, as its caches rest after each change. Loads of the start
        // do not evict one another.
        memory.makeRoom(bytes(needed)).join();
        needed.forEach(adapter -> memory.pin(adapter.id(), true));
        var progress = new Progress(log, clock, "Loaded adapter", wanted.size());
        for (int i = 0; i < wanted.size(); i++) {
            closing.goOn();
            makeResident(memory, wanted.get(i));
            progress.reached(i + 1);
        }
        needed.stream()
                .filter(adapter -> !pinned.contains(adapter))
                .forEach(adapter -> memory.pin(adapter.id(), false));
    }

    /** Returns the adapters needed, and others for the warm-up as far as they fit. */
    private List<ServedAdapter> wanted(MemoryShare share) {
        var wanted = new ArrayList<>(needed);
        long left = share.books().available() - bytes(needed);
        for (var adapter : served) {
            if (wanted.size() < WARM
                    && !wanted.contains(adapter)
                    && adapter.source().bytes() <= left) {
                wanted.add(adapter);
                left -= adapter.source().bytes();
            }
        }
        return wanted;
    }

    private static void makeResident(AdapterMemory memory, ServedAdapter adapter) {
        try {
            memory.makeResident(adapter.id()).join();
        } catch (CompletionException e) {
            var cause = e.getCause();
            log.warn("{}", String.valueOf(cause == null ? e : cause.getMessage()));
        }
    }

    private static long bytes(List<ServedAdapter> adapters) {
        return adapters.stream().mapToLong(adapter -> adapter.source().bytes()).sum();
    }
}
