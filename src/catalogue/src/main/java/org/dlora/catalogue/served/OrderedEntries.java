package org.dlora.catalogue.served;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.cluster.adapters.ServedAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Entries of a catalogue by name, in the order in which their names came. A change costs O(log n);
 * the first list after changes costs O(n), and all later ones nothing. Thread-safe; a look-up of
 * one name never waits.
 */
final class OrderedEntries {
    private final Map<String, Placed> byName = new ConcurrentHashMap<>();
    private final SortedMap<Long, CatalogueEntry> byPlace = new TreeMap<>();
    private long places;

    /** Lists since the last change; null until they are asked for. */
    private volatile @Nullable Lists lists;

    private record Placed(long place, CatalogueEntry entry) {}

    private record Lists(List<CatalogueEntry> all, List<ServedAdapter> main) {
        static Lists of(List<CatalogueEntry> all) {
            return new Lists(all, all.stream().flatMap(entry -> entry.main().stream()).toList());
        }
    }

    Optional<CatalogueEntry> find(String name) {
        return Optional.ofNullable(byName.get(name)).map(Placed::entry);
    }

    /** Puts an entry in the place of the one with its name, else last; returns the one before. */
    synchronized Optional<CatalogueEntry> put(CatalogueEntry entry) {
        var before = byName.get(entry.name());
        var placed = new Placed(before == null ? places++ : before.place(), entry);
        byName.put(entry.name(), placed);
        byPlace.put(placed.place(), entry);
        lists = null;
        return Optional.ofNullable(before).map(Placed::entry);
    }

    synchronized Optional<CatalogueEntry> remove(String name) {
        var before = byName.remove(name);
        if (before == null) {
            return Optional.empty();
        }
        byPlace.remove(before.place());
        lists = null;
        return Optional.of(before.entry());
    }

    /** Lists all entries in their order. */
    List<CatalogueEntry> all() {
        return lists().all();
    }

    /** Lists the main registrations in the order of their entries. */
    List<ServedAdapter> main() {
        return lists().main();
    }

    private Lists lists() {
        var known = lists;
        return known == null ? made() : known;
    }

    private synchronized Lists made() {
        var known = lists;
        if (known == null) {
            known = Lists.of(List.copyOf(byPlace.values()));
            lists = known;
        }
        return known;
    }
}
