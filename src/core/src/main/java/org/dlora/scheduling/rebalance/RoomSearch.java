package org.dlora.scheduling.rebalance;

import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Search for room in full adapter memories. All requests of one adapter leave a memory for another
 * one that has the adapter or room for it; then requests of the fullest replica can bring theirs.
 */
final class RoomSearch {
    private static final int MEMORIES = 32;
    private static final int VICTIMS = 4;
    private static final int NEWCOMERS = 4;
    private static final double LEAST_GAIN = 1e-9;

    private final RebalanceDraft draft;
    private final ProblemIndex index;
    private final int from;
    private final Bundles bundles;
    private final double top;
    private final Map<Integer, Map<Integer, List<Integer>>> users = new HashMap<>(); // by memory

    RoomSearch(RebalanceDraft draft, int from, Bundles bundles) {
        this.draft = draft;
        this.from = from;
        this.bundles = bundles;
        index = draft.index();
        top = draft.load(from);
    }

    /** Makes room for one bundle and moves it, if that makes the fullest replica less full. */
    boolean apply() {
        var newcomers =
                bundles.byAdapter().entrySet().stream()
                        .filter(entry -> entry.getKey() != ProblemIndex.BASE)
                        .sorted(comparingDouble(entry -> -seconds(entry.getValue())))
                        .limit(NEWCOMERS)
                        .map(Map.Entry::getValue)
                        .toList();
        return byLoad().filter(to -> index.memory(to) != index.memory(from))
                .limit(MEMORIES)
                .anyMatch(to -> newcomers.stream().anyMatch(requests -> enter(requests, to)));
    }

    private Stream<Integer> byLoad() {
        Comparator<Integer> order = comparingDouble(draft::load);
        return IntStream.range(0, index.replicaCount())
                .boxed()
                .filter(j -> index.site(j).takesRequests())
                .sorted(order.thenComparing(comparingInt(j -> j)));
    }

    private boolean enter(List<Integer> newcomers, int to) {
        return victims(to, index.adapterOf(newcomers.getFirst())).stream()
                .anyMatch(victims -> replace(victims, newcomers, to));
    }

    /** Returns the requests of each adapter that could leave, the least work first. */
    private List<List<Integer>> victims(int to, int newcomer) {
        int m = index.memory(to);
        long missing = index.adapter(newcomer).bytes() - draft.spareBytes(m);
        return usersOf(m).entrySet().stream()
                .filter(user -> user.getKey() != newcomer)
                .filter(user -> index.adapter(user.getKey()).bytes() >= missing)
                .map(Map.Entry::getValue)
                .sorted(comparingDouble(this::seconds))
                .limit(VICTIMS)
                .toList();
    }

    /** Returns the requests on replicas of memory {@code m} by adapter. */
    private Map<Integer, List<Integer>> usersOf(int m) {
        return users.computeIfAbsent(
                m,
                _ -> {
                    var all = new TreeMap<Integer, List<Integer>>();
                    for (int i = 0; i < index.requestCount(); i++) {
                        int k = index.adapterOf(i);
                        if (k != ProblemIndex.BASE && index.memory(draft.place(i)) == m) {
                            all.computeIfAbsent(k, _ -> new ArrayList<>()).add(i);
                        }
                    }
                    return all;
                });
    }

    private double seconds(List<Integer> requests) {
        return requests.stream().mapToDouble(i -> index.request(i).seconds()).sum();
    }

    private boolean replace(List<Integer> victims, List<Integer> newcomers, int to) {
        var places = victims.stream().map(draft::place).toList();
        if (leave(victims, to)) {
            var bundle = bundles.bundle(newcomers, to);
            if (bundle != null) {
                bundle.requests().forEach(i -> draft.move(i, to));
                return true;
            }
        }
        for (int v = 0; v < places.size(); v++) {
            draft.move(victims.get(v), places.get(v));
        }
        return false;
    }

    /**
     * Moves requests to the emptiest replicas of other memories that run their adapter, or have
     * room for it if none runs it.
     */
    private boolean leave(List<Integer> victims, int to) {
        for (int i : victims) {
            var others =
                    byLoad().filter(j -> index.memory(j) != index.memory(to))
                            .filter(j -> draft.fits(i, j))
                            .filter(j -> draft.loadWith(i, j) < top * (1 - LEAST_GAIN))
                            .toList();
            if (others.isEmpty()) {
                return false;
            }
            int k = index.adapterOf(i);
            int other =
                    others.stream()
                            .filter(j -> draft.users(index.memory(j), k) > 0)
                            .findFirst()
                            .orElse(others.getFirst());
            draft.move(i, other);
        }
        return true;
    }
}
