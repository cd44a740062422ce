package org.dlora.scheduling.rebalance;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lower bound of T for all plans: the problem of dLoRA (Wu et al., OSDI 2024) with divisible
 * requests and adapters, and without the limits of adapter memory.
 *
 * <p>A load T is possible only if the replicas can do all the work within T. That work is all
 * services, the moves that bring each fuller replica down to T, at their cheapest, and the swaps of
 * KV that fits nowhere. The bound is the least such T. Each of these is a relaxation of the linear
 * one, so this bound is at most that of the linear relaxation, and no linear program is solved.
 */
public final class RelaxedBound {
    private static final int HALVINGS = 50;

    /** Share above the bound that is good enough: more moves gain less than estimates err. */
    private static final double TOLERANCE = 0.01;

    private final List<Unloading> unloadings = new ArrayList<>();
    private double services;
    private double swaps;
    private final double upper;

    private RelaxedBound(ProblemIndex index) {
        var loads = new RebalanceLoads(index);
        var shares = loadShares(index);
        var requests = index.requestsByReplica();
        long blocks = 0;
        long capacity = 0;
        for (int j = 0; j < index.replicaCount(); j++) {
            double its = 0;
            long held = 0;
            for (int i : requests.get(j)) {
                its += index.request(i).seconds();
                held += index.request(i).endBlocks();
            }
            services += its;
            blocks += held;
            capacity += index.site(j).kvBlocks();
            double swap = held > index.site(j).kvBlocks() ? index.problem().swapSeconds() : 0;
            unloadings.add(
                    new Unloading(
                            loads.of(j),
                            index.site(j).takesRequests(),
                            departures(index, requests.get(j), swap, shares)));
        }
        swaps = Math.max(0, blocks - capacity) * index.problem().swapSeconds();
        upper = index.replicaCount() == 0 ? 0 : loads.of(loads.fullest());
    }

    /** Returns the bound in seconds. */
    public static double of(ProblemIndex index) {
        return new RelaxedBound(index).least();
    }

    /**
     * Returns whether a plan with {@code seconds} is so near the bound that no better is sought.
     */
    public static boolean isNear(double seconds, double bound) {
        return seconds <= bound * (1 + TOLERANCE);
    }

    private double least() {
        double low = 0;
        double high = upper;
        for (int i = 0; i < HALVINGS && low < high; i++) {
            double middle = (low + high) / 2;
            if (isPossible(middle)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return low;
    }

    private boolean isPossible(double seconds) {
        double needed = services + swaps;
        double room = 0;
        for (var unloading : unloadings) {
            needed += unloading.costDownTo(seconds);
            room += unloading.takesRequests ? seconds : Math.min(seconds, unloading.load);
        }
        return needed <= room;
    }

    /**
     * Returns the seconds of an adapter's load that each of its requests brings: its part of one
     * load, if every move needs one.
     */
    private static double[][] loadShares(ProblemIndex index) {
        int adapters = index.problem().adapters().size();
        var counts = new int[adapters];
        for (int i = 0; i < index.requestCount(); i++) {
            if (index.adapterOf(i) != ProblemIndex.BASE) {
                counts[index.adapterOf(i)]++;
            }
        }
        var shares = new double[index.replicaCount()][adapters];
        for (int k = 0; k < adapters; k++) {
            int hosts = 0;
            for (int j = 0; j < index.replicaCount(); j++) {
                hosts += hosts(index, j, k) ? 1 : 0;
            }
            for (int j = 0; j < index.replicaCount(); j++) {
                if (hosts - (hosts(index, j, k) ? 1 : 0) == 0 && counts[k] > 0) {
                    shares[j][k] = index.adapter(k).loadSeconds() / counts[k];
                }
            }
        }
        return shares;
    }

    private static boolean hosts(ProblemIndex index, int j, int k) {
        return index.site(j).takesRequests() && !index.needsLoad(j, k);
    }

    private static List<Departure> departures(
            ProblemIndex index, List<Integer> requests, double swap, double[][] shares) {
        var all = new ArrayList<Departure>();
        var destinations = new HashMap<RequestKind, Boolean>();
        for (int i : requests) {
            var request = index.request(i);
            int k = index.adapterOf(i);
            var kind =
                    new RequestKind(k, request.heldBlocks(), request.barred(), request.movable());
            if (destinations.computeIfAbsent(kind, _ -> hasDestination(index, i))) {
                double share = k == ProblemIndex.BASE ? 0 : shares[index.home(i)][k];
                all.add(
                        new Departure(
                                request.seconds() + swap * request.endBlocks(),
                                request.cost().seconds() + share));
            }
        }
        all.sort(comparingDouble(Departure::price));
        return all;
    }

    private record RequestKind(
            int adapter, int heldBlocks, @Nullable String barred, boolean movable) {}

    private static boolean hasDestination(ProblemIndex index, int i) {
        for (int j = 0; j < index.replicaCount(); j++) {
            if (j != index.home(i) && index.isAllowed(i, j)) {
                return true;
            }
        }
        return false;
    }

    /**
     * A request that can leave its replica.
     *
     * @param relief seconds by which its replica becomes less full at most
     * @param cost seconds that the move costs at least
     */
    private record Departure(double relief, double cost) {
        double price() {
            return relief > 0 ? cost / relief : Double.POSITIVE_INFINITY;
        }
    }

    /** A replica's requests that can leave, the cheapest for each second of relief first. */
    private record Unloading(double load, boolean takesRequests, List<Departure> departures) {
        /** Returns the least cost of bringing the load down; infinite if that is impossible. */
        double costDownTo(double seconds) {
            double left = load - seconds;
            double cost = 0;
            for (var departure : departures) {
                if (left <= 0) {
                    break;
                }
                cost += departure.cost * Math.min(1, left / departure.relief);
                left -= departure.relief;
            }
            return left > load * 1e-12 ? Double.POSITIVE_INFINITY : cost;
        }
    }
}
