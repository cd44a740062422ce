package org.dlora.cluster.rebalance;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.scheduling.rebalance.ProblemIndex;
import org.dlora.scheduling.rebalance.RebalanceDraft;

/**
 * Requests of one adapter on one replica that came from one replica. A model moves parts of the
 * group like a fluid.
 */
final class RequestGroup {
    private final ProblemIndex index;
    private final List<Integer> requests;
    private final int place;

    private RequestGroup(RebalanceDraft draft, List<Integer> requests) {
        index = draft.index();
        this.requests = requests;
        place = draft.place(requests.getFirst());
    }

    /**
     * Returns the groups of all requests on some replicas that can be moved.
     *
     * @param single whether each request is a group of its own
     */
    static List<RequestGroup> of(RebalanceDraft draft, List<Integer> replicas, boolean single) {
        var index = draft.index();
        Map<Key, List<Integer>> all = new LinkedHashMap<>();
        for (int i = 0; i < index.requestCount(); i++) {
            if (replicas.contains(draft.place(i)) && index.request(i).movable()) {
                boolean alone = single || index.request(i).barred() != null;
                var key =
                        new Key(index.adapterOf(i), draft.place(i), index.home(i), alone ? i : -1);
                all.computeIfAbsent(key, _ -> new ArrayList<>()).add(i);
            }
        }
        return all.values().stream().map(requests -> new RequestGroup(draft, requests)).toList();
    }

    private record Key(int adapter, int place, int home, int request) {}

    int adapter() {
        return index.adapterOf(requests.getFirst());
    }

    int place() {
        return place;
    }

    boolean isAllowed(int j) {
        return requests.stream().allMatch(i -> index.isAllowed(i, j));
    }

    /** Returns the seconds that the group costs at replica {@code j}: service and moves. */
    double work(int j) {
        return seconds() + moves(j);
    }

    /** Returns the seconds of moving the group to replica {@code j}; 0 at home. */
    double moves(int j) {
        return j == index.home(requests.getFirst())
                ? 0
                : requests.stream().mapToDouble(i -> index.request(i).cost().seconds()).sum();
    }

    private double seconds() {
        return requests.stream().mapToDouble(i -> index.request(i).seconds()).sum();
    }

    long heldBlocks() {
        return requests.stream().mapToLong(i -> index.request(i).heldBlocks()).sum();
    }

    long places() {
        return requests.stream().mapToLong(i -> index.request(i).places()).sum();
    }

    long endBlocks() {
        return requests.stream().mapToLong(i -> index.request(i).endBlocks()).sum();
    }

    /**
     * Puts each request whole on one replica, the longest first, where the group's part is least
     * complete.
     *
     * @param parts of the group by replica, 0..1
     * @param places replica of each request, by its number
     */
    void round(Map<Integer, Double> parts, Map<Integer, Integer> places) {
        double all = seconds();
        var missing = new LinkedHashMap<Integer, Double>();
        parts.forEach((j, part) -> missing.put(j, part * all));
        requests.stream()
                .sorted(comparingDouble(i -> -index.request(i).seconds()))
                .forEach(i -> {
                    int to =
                            missing.entrySet().stream()
                                    .max(Map.Entry.comparingByValue())
                                    .orElseThrow()
                                    .getKey();
                    missing.merge(to, -index.request(i).seconds(), Double::sum);
                    places.put(i, to);
                });
    }
}
