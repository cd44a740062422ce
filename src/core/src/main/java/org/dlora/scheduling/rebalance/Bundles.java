package org.dlora.scheduling.rebalance;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The bundles that can leave one replica: requests of one adapter that go to another replica
 * together.
 *
 * <p>A bundle brings its replica down to the bound, or the other one up to it. So few rounds are
 * needed, and a load of an adapter is weighed against all the requests that it serves.
 */
final class Bundles {
    private static final double LEAST_GAIN = 1e-9;

    private final RebalanceDraft draft;
    private final int from;
    private final double bound;
    private final double top;

    /**
     * Creates the bundles of a replica.
     *
     * @param bound of the relaxed problem in seconds
     */
    Bundles(RebalanceDraft draft, int from, double bound) {
        this.draft = draft;
        this.from = from;
        this.bound = bound;
        top = draft.load(from);
    }

    /**
     * Requests of one adapter that leave the replica together.
     *
     * @param evenness by which the sum of the squares of both loads shrinks
     */
    record Bundle(List<Integer> requests, int to, double evenness) {}

    /** Returns the bundle that evens out two loads most, or null if none helps. */
    @Nullable Bundle best() {
        Bundle best = null;
        for (var requests : byAdapter().values()) {
            for (int to = 0; to < draft.index().replicaCount(); to++) {
                var bundle = bundle(requests, to);
                if (bundle != null && (best == null || bundle.evenness > best.evenness)) {
                    best = bundle;
                }
            }
        }
        return best;
    }

    /** Returns the movable requests of the replica by adapter, the cheapest per second first. */
    Map<Integer, List<Integer>> byAdapter() {
        var index = draft.index();
        Comparator<Integer> byPrice =
                comparingDouble(
                        i -> index.request(i).cost().seconds() / index.request(i).seconds());
        var all = new TreeMap<Integer, List<Integer>>();
        for (int i = 0; i < index.requestCount(); i++) {
            var request = index.request(i);
            if (draft.place(i) == from && request.movable() && request.seconds() > 0) {
                all.computeIfAbsent(index.adapterOf(i), _ -> new ArrayList<>()).add(i);
            }
        }
        all.values().forEach(requests -> requests.sort(byPrice));
        return all;
    }

    /** Returns the best bundle of some requests of one adapter to a replica, or null. */
    @Nullable Bundle bundle(List<Integer> requests, int to) {
        int k = draft.index().adapterOf(requests.getFirst());
        double load = draft.newLoadSeconds(to, k);
        if (to == from
                || draft.load(to, load, 0) >= top
                || !draft.index().site(to).takesRequests()
                || !draft.hasRoom(to, k)) {
            return null;
        }
        var filled = filled(requests, new Exchange(draft, from, to, load));
        if (!filled.requests.isEmpty()) {
            return filled.bundle(top);
        }
        return single(requests, to, load);
    }

    /** Takes requests while the fuller replica stays above the bound and the other one below. */
    private Exchange filled(List<Integer> requests, Exchange exchange) {
        for (int i : requests) {
            if (exchange.source() <= bound || exchange.destination() >= bound) {
                break;
            }
            if (draft.fits(i, exchange.to) && exchange.destinationWith(i) <= bound) {
                exchange.add(i);
            }
        }
        return exchange;
    }

    /** Returns the one request whose move leaves the fuller of both replicas least full. */
    private @Nullable Bundle single(List<Integer> requests, int to, double load) {
        int best = -1;
        double least = top * (1 - LEAST_GAIN);
        for (int i : requests) {
            double fuller = Math.max(draft.loadWithout(i), draft.loadWith(i, to));
            if (fuller < least && draft.fits(i, to)) {
                least = fuller;
                best = i;
            }
        }
        if (best < 0) {
            return null;
        }
        var exchange = new Exchange(draft, from, to, load);
        exchange.add(best);
        return exchange.bundle(top);
    }

    /** The loads of two replicas while requests go from one to the other. */
    private static final class Exchange {
        private final RebalanceDraft draft;
        private final int from;
        private final int to;
        private final List<Integer> requests = new ArrayList<>();
        private double gone;
        private double come;
        private long blocks;
        private long held;
        private long places;

        Exchange(RebalanceDraft draft, int from, int to, double load) {
            this.draft = draft;
            this.from = from;
            this.to = to;
            come = load;
        }

        double source() {
            return draft.load(from, -gone, -blocks);
        }

        double destination() {
            return draft.load(to, come, blocks);
        }

        double destinationWith(int i) {
            var request = draft.index().request(i);
            if (held + request.heldBlocks() > draft.freeBlocks(to)
                    || places + request.places() > draft.freePlaces(to)) {
                return Double.POSITIVE_INFINITY;
            }
            return draft.load(
                    to, come + request.seconds() + cost(i, to), blocks + request.endBlocks());
        }

        void add(int i) {
            var request = draft.index().request(i);
            requests.add(i);
            gone += request.seconds() + cost(i, from);
            come += request.seconds() + cost(i, to);
            blocks += request.endBlocks();
            held += request.heldBlocks();
            places += request.places();
        }

        private double cost(int i, int at) {
            return at == draft.index().home(i) ? 0 : draft.index().request(i).cost().seconds();
        }

        Bundle bundle(double top) {
            double other = draft.load(to);
            double evenness = top * top + other * other - square(source()) - square(destination());
            return new Bundle(requests, to, evenness);
        }

        private static double square(double value) {
            return value * value;
        }
    }
}
