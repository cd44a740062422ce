package org.dlora.scheduling.rebalance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import org.dlora.scheduling.rebalance.RebalancePlan.SolverKind;

/**
 * A plan in the making: a replica for each request, and the loads that follow. A draft begins with
 * every request at home. Each move keeps to the limits of adapter memory, free KV blocks and places
 * in the steps, given the moves before it: what these have left is free. Mutable, for one thread.
 */
public final class RebalanceDraft {
    private final ProblemIndex index;
    private final int[] places;
    private final double[] work; // services, costs of moves and loads
    private final long[] blocks; // at the end of all requests
    private final long[] freeBlocks;
    private final long[] freePlaces;
    private final long[] spareBytes;
    private final int[][] arrivals; // by replica and adapter
    private final int[][] users; // requests by memory and adapter

    public RebalanceDraft(ProblemIndex index) {
        this.index = index;
        int replicas = index.replicaCount();
        int adapters = index.problem().adapters().size();
        places = new int[index.requestCount()];
        work = new double[replicas];
        blocks = new long[replicas];
        freeBlocks = new long[replicas];
        freePlaces = new long[replicas];
        spareBytes = new long[index.memoryCount()];
        arrivals = new int[replicas][adapters];
        users = new int[index.memoryCount()][adapters];
        for (int m = 0; m < spareBytes.length; m++) {
            spareBytes[m] = index.adapterBytes(m);
        }
        for (int j = 0; j < replicas; j++) {
            freeBlocks[j] = index.site(j).freeBlocks();
            freePlaces[j] = index.site(j).freePlaces();
        }
        for (int i = 0; i < places.length; i++) {
            places[i] = index.home(i);
            work[places[i]] += index.request(i).seconds();
            blocks[places[i]] += index.request(i).endBlocks();
            use(index.memory(places[i]), index.adapterOf(i));
        }
    }

    private RebalanceDraft(RebalanceDraft other) {
        index = other.index;
        places = other.places.clone();
        work = other.work.clone();
        blocks = other.blocks.clone();
        freeBlocks = other.freeBlocks.clone();
        freePlaces = other.freePlaces.clone();
        spareBytes = other.spareBytes.clone();
        arrivals = Arrays.stream(other.arrivals).map(int[]::clone).toArray(int[][]::new);
        users = Arrays.stream(other.users).map(int[]::clone).toArray(int[][]::new);
    }

    /** Returns a draft with the same moves, which goes its own way from here. */
    public RebalanceDraft copy() {
        return new RebalanceDraft(this);
    }

    public ProblemIndex index() {
        return index;
    }

    /** Returns the replica that request {@code i} is to run on. */
    public int place(int i) {
        return places[i];
    }

    /** Returns whether request {@code i} is to run elsewhere than now. */
    public boolean isMoved(int i) {
        return places[i] != index.home(i);
    }

    /**
     * Returns the load of replica {@code j} in seconds: services, moves, adapter loads and swaps.
     */
    public double load(int j) {
        return load(work[j], blocks[j], j);
    }

    /**
     * Returns the load of replica {@code j} after a change.
     *
     * @param moreWork seconds, negative if work goes
     * @param moreBlocks at the end of the requests, negative if requests go
     */
    double load(int j, double moreWork, long moreBlocks) {
        return load(work[j] + moreWork, blocks[j] + moreBlocks, j);
    }

    private double load(double its, long demand, int j) {
        long over = Math.max(0, demand - index.site(j).kvBlocks());
        return its + over * index.problem().swapSeconds();
    }

    /** Returns the load of the fullest replica, T, in seconds. */
    public double seconds() {
        double most = 0;
        for (int j = 0; j < work.length; j++) {
            most = Math.max(most, load(j));
        }
        return most;
    }

    /** Returns the load of replica {@code j} in seconds if request {@code i} moved there. */
    double loadWith(int i, int j) {
        var request = index.request(i);
        double move = j == index.home(i) ? 0 : request.cost().seconds();
        return load(
                j,
                request.seconds() + move + newLoadSeconds(j, index.adapterOf(i)),
                request.endBlocks());
    }

    /** Returns the load of the replica of request {@code i} in seconds if the request left it. */
    double loadWithout(int i) {
        var request = index.request(i);
        double move = isMoved(i) ? request.cost().seconds() : 0;
        return load(places[i], -request.seconds() - move, -request.endBlocks());
    }

    /** Returns the fullest replica, the first of several; -1 if there is none. */
    public int fullest() {
        int most = -1;
        for (int j = 0; j < work.length; j++) {
            most = most < 0 || load(j) > load(most) ? j : most;
        }
        return most;
    }

    /** Returns the seconds of the load that a first request of adapter {@code k} brings. */
    double newLoadSeconds(int j, int k) {
        return index.needsLoad(j, k) && arrivals[j][k] == 0 ? index.adapter(k).loadSeconds() : 0;
    }

    /** Returns the KV blocks of replica {@code j} that moved requests may still take. */
    public long freeBlocks(int j) {
        return freeBlocks[j];
    }

    /** Returns the running requests that may still be moved to replica {@code j}. */
    public long freePlaces(int j) {
        return freePlaces[j];
    }

    /** Returns the seconds of the load of replica {@code j} that are swaps of KV. */
    public double swapSeconds(int j) {
        return load(j) - work[j];
    }

    /** Returns the KV blocks that the requests of replica {@code j} hold at their end. */
    public long endBlocks(int j) {
        return blocks[j];
    }

    /** Returns the requests of adapter {@code k} that were moved to replica {@code j}. */
    public int arrivals(int j, int k) {
        return arrivals[j][k];
    }

    /** Returns the bytes that memory {@code m} has for adapters without requests on it. */
    public long spareBytes(int m) {
        return spareBytes[m];
    }

    /** Returns how many requests run adapter {@code k} on replicas of memory {@code m}. */
    public int users(int m, int k) {
        return users[m][k];
    }

    /** Returns whether requests of adapter {@code k} find memory for it at replica {@code j}. */
    boolean hasRoom(int j, int k) {
        int m = index.memory(j);
        return k == ProblemIndex.BASE
                || users[m][k] > 0
                || index.adapter(k).bytes() <= spareBytes[m];
    }

    /** Returns whether request {@code i} can be moved to replica {@code j}, after the others. */
    public boolean fits(int i, int j) {
        return places[i] == j
                || (index.isAllowed(i, j)
                        && index.request(i).heldBlocks() <= freeBlocks[j]
                        && index.request(i).places() <= freePlaces[j]
                        && hasRoom(j, index.adapterOf(i)));
    }

    /**
     * Moves request {@code i} to replica {@code j}, perhaps back home.
     *
     * @throws IllegalStateException if it does not fit
     */
    public void move(int i, int j) {
        if (!moveIfFits(i, j)) {
            throw new IllegalStateException(
                    "Request %s does not fit on replica %s: ask fits() first"
                            .formatted(index.request(i).id(), index.site(j).id()));
        }
    }

    /**
     * Moves all requests that find room, as long as some do.
     *
     * @param targets replica of each request, by its number
     */
    public void moveAll(Map<Integer, Integer> targets) {
        var waiting = new ArrayList<>(targets.entrySet());
        int left;
        do {
            left = waiting.size();
            waiting.removeIf(entry -> moveIfFits(entry.getKey(), entry.getValue()));
        } while (waiting.size() < left);
    }

    boolean moveIfFits(int i, int j) {
        if (!fits(i, j)) {
            return false;
        }
        leave(i);
        enter(i, j);
        return true;
    }

    private void leave(int i) {
        var request = index.request(i);
        int from = places[i];
        int k = index.adapterOf(i);
        work[from] -= request.seconds();
        blocks[from] -= request.endBlocks();
        freeBlocks[from] += request.heldBlocks();
        freePlaces[from] += request.places();
        if (k != ProblemIndex.BASE && --users[index.memory(from)][k] == 0) {
            spareBytes[index.memory(from)] += index.adapter(k).bytes();
        }
        if (from != index.home(i)) {
            work[from] -= request.cost().seconds();
            if (k != ProblemIndex.BASE) {
                arrivals[from][k]--;
                work[from] -= newLoadSeconds(from, k);
            }
        }
    }

    private void enter(int i, int to) {
        var request = index.request(i);
        int k = index.adapterOf(i);
        places[i] = to;
        work[to] += request.seconds();
        blocks[to] += request.endBlocks();
        freeBlocks[to] -= request.heldBlocks();
        freePlaces[to] -= request.places();
        use(index.memory(to), k);
        if (to != index.home(i)) {
            work[to] += request.cost().seconds();
            if (k != ProblemIndex.BASE) {
                work[to] += newLoadSeconds(to, k);
                arrivals[to][k]++;
            }
        }
    }

    private void use(int m, int k) {
        if (k != ProblemIndex.BASE && users[m][k]++ == 0) {
            spareBytes[m] -= index.adapter(k).bytes();
        }
    }

    /**
     * Returns a draft without the moves that could not be made one after another from the present:
     * those that wait for each other's memory in a circle.
     */
    public RebalanceDraft ordered() {
        return new PlanOrder(this).replay();
    }

    /**
     * Returns the plan of this draft; one without moves if they would gain nothing.
     *
     * @param bound of the relaxed problem in seconds
     */
    public RebalancePlan plan(double bound, SolverKind solver) {
        return new PlanOrder(this).plan(bound, solver);
    }
}
