package org.dlora.replica;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;

/**
 * The loaded and leaving adapters of a replica. A leaving adapter takes no new requests, and is
 * unloaded once its last sequence has ended.
 */
final class AdapterLifecycle {
    private final Map<String, AdapterProfile> profiles = new LinkedHashMap<>();
    private final Set<String> leaving = new LinkedHashSet<>();
    private final AdapterAccounts accounts;
    private final Sequences sequences;

    AdapterLifecycle(AdapterAccounts accounts, Sequences sequences) {
        this.accounts = accounts;
        this.sequences = sequences;
    }

    /** Returns all adapters in the order of loading, also those that are to go. */
    List<AdapterProfile> all() {
        return List.copyOf(profiles.values());
    }

    /** Returns the ids of those that are to go. */
    Set<String> leaving() {
        return Collections.unmodifiableSet(leaving);
    }

    void open(AdapterProfile profile) {
        profiles.put(profile.id(), profile);
        accounts.open(profile);
    }

    void load(AdapterProfile profile, List<ReplicaEvent> events) {
        if (profiles.containsKey(profile.id())) {
            events.add(new ReplicaEvent.AdapterRefused(profile.id()));
        } else {
            open(profile);
            events.add(new ReplicaEvent.AdapterLoaded(profile.id()));
        }
    }

    /** Begins to unload adapter {@code id}, which takes no more requests. */
    void leave(String id, List<ReplicaEvent> events) {
        var account = accounts.find(AdapterRef.of(id));
        if (account == null) {
            events.add(new ReplicaEvent.AdapterUnloaded(id));
        } else {
            account.leave();
            leaving.add(id);
        }
    }

    /** Unloads the leaving adapters whose last sequence has ended. */
    void settle(List<ReplicaEvent> events) {
        if (leaving.isEmpty()) {
            return;
        }
        for (var id : List.copyOf(leaving)) {
            var account = accounts.of(AdapterRef.of(id));
            if (!account.hasWork()) {
                unload(id, account.content());
                events.add(new ReplicaEvent.AdapterUnloaded(id));
            }
        }
    }

    private void unload(String id, String content) {
        leaving.remove(id);
        profiles.remove(id);
        accounts.close(AdapterRef.of(id));
        if (accounts.all().stream().noneMatch(other -> other.content().equals(content))) {
            sequences.forget(content);
        }
    }
}
