package org.dlora.catalogue;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.catalogue.served.BrokenAdapter;

/** The adapters that are not served because of their files, the last 1,000 of them. Thread-safe. */
final class BrokenAdapters {
    /** Names come from clients and folders, so their number has no other bound. */
    static final int MOST = 1000;

    private final InstantSource clock;
    private final Map<String, BrokenAdapter> byName = new LinkedHashMap<>();

    BrokenAdapters(InstantSource clock) {
        this.clock = clock;
    }

    /** Notes why an adapter is not served, in place of what was known of its name. */
    synchronized void add(String name, Path folder, String problem) {
        byName.remove(name);
        byName.put(name, new BrokenAdapter(name, folder, problem, clock.instant()));
        if (byName.size() > MOST) {
            byName.remove(byName.keySet().iterator().next());
        }
    }

    /** Forgets the problem of a name. */
    synchronized void remove(String name) {
        byName.remove(name);
    }

    /** Lists them in the order in which they were found. */
    synchronized List<BrokenAdapter> all() {
        return List.copyOf(byName.values());
    }
}
