package org.dlora.replica;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;

/**
 * The adapters of a replica: loaded, leaving or evicted. A leaving adapter takes no new requests,
 * and goes once its last sequence has ended. An evicted one keeps its account and its cached
 * blocks, and comes back when it is loaded again.
 */
final class AdapterLifecycle {
    private final Map<String, AdapterProfile> profiles = new LinkedHashMap<>();

    /** Adapters that go once their last sequence has ended, by the way they go. */
    private final Map<String, Departure> leaving = new LinkedHashMap<>();

    private final Set<String> evicted = new LinkedHashSet<>();
    private final AdapterAccounts accounts;
    private final Sequences sequences;
    private final Departures departures;

    private enum Departure {
        EVICTED,
        UNLOADED
    }

    AdapterLifecycle(AdapterAccounts accounts, Sequences sequences, Departures departures) {
        this.accounts = accounts;
        this.sequences = sequences;
        this.departures = departures;
    }

    /** Takes over the adapters of a replica that has lost its sequences. */
    void restore(AdapterLifecycle before) {
        before.profiles.values().forEach(this::open);
        before.evicted.forEach(id -> {
            account(id).leave();
            evicted.add(id);
        });
        before.leaving.forEach((id, departure) -> {
            account(id).leave();
            leaving.put(id, departure);
        });
    }

    private AdapterAccount account(String id) {
        return accounts.of(AdapterRef.of(id));
    }

    void open(AdapterProfile profile) {
        profiles.put(profile.id(), profile);
        accounts.open(profile);
    }

    void load(AdapterProfile profile, List<ReplicaEvent> events) {
        var id = profile.id();
        if (evicted.remove(id)) {
            account(id).comeBack();
            events.add(new ReplicaEvent.AdapterLoaded(id));
        } else if (profiles.containsKey(id)) {
            events.add(new ReplicaEvent.AdapterRefused(id));
        } else {
            open(profile);
            events.add(new ReplicaEvent.AdapterLoaded(id));
        }
    }

    /** Begins to evict adapter {@code id}, which takes no more requests. */
    void evict(String id, List<ReplicaEvent> events) {
        leave(id, Departure.EVICTED, events);
    }

    /** Begins to unload adapter {@code id}, which takes no more requests. */
    void unload(String id, List<ReplicaEvent> events) {
        leave(id, Departure.UNLOADED, events);
    }

    private void leave(String id, Departure departure, List<ReplicaEvent> events) {
        boolean isGone = departure == Departure.EVICTED && evicted.contains(id);
        if (!profiles.containsKey(id) || isGone) {
            events.add(new ReplicaEvent.AdapterUnloaded(id));
            return;
        }
        account(id).leave();
        leaving.merge(id, departure, (a, b) -> a == Departure.UNLOADED ? a : b);
    }

    /** Lets the leaving adapters go whose last sequence has ended. */
    void settle(List<ReplicaEvent> events) {
        if (leaving.isEmpty()) {
            return;
        }
        for (var id : List.copyOf(leaving.keySet())) {
            if (!account(id).hasWork() && !departures.uses(AdapterRef.of(id))) {
                if (leaving.remove(id) == Departure.EVICTED) {
                    evicted.add(id);
                } else {
                    forget(id);
                }
                events.add(new ReplicaEvent.AdapterUnloaded(id));
            }
        }
    }

    private void forget(String id) {
        var content = account(id).content();
        evicted.remove(id);
        profiles.remove(id);
        accounts.close(AdapterRef.of(id));
        if (accounts.all().stream().noneMatch(other -> other.content().equals(content))) {
            sequences.forget(content);
        }
    }
}
