package org.dlora.scheduling.rebalance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.dlora.scheduling.AdapterRef;

/**
 * A problem by numbers instead of names, for solvers: replica j, memory m, adapter k and request i
 * are positions in the problem's lists. Immutable.
 */
public final class ProblemIndex {
    /** Adapter number of the base model, which every replica has. */
    public static final int BASE = -1;

    private final RebalanceProblem problem;
    private final int[] homes;
    private final int[] adapters;
    private final int[] barred;
    private final int[] memories;
    private final int memoryCount;
    private final boolean[][] resident;
    private final boolean[][] inUse;
    private final long[] adapterBytes;

    public ProblemIndex(RebalanceProblem problem) {
        this.problem = problem;
        var replicaNumbers = new HashMap<String, Integer>();
        var memoryNumbers = new HashMap<String, Integer>();
        memories = new int[problem.replicas().size()];
        for (var replica : problem.replicas()) {
            memories[replicaNumbers.size()] =
                    memoryNumbers.computeIfAbsent(replica.memory(), _ -> memoryNumbers.size());
            replicaNumbers.put(replica.id(), replicaNumbers.size());
        }
        memoryCount = memoryNumbers.size();
        int adapterCount = problem.adapters().size();
        resident = new boolean[memoryCount][adapterCount];
        inUse = new boolean[memoryCount][adapterCount];
        adapterBytes = new long[memoryCount];
        memoryNumbers.forEach(
                (id, m) -> adapterBytes[m] = problem.adapterBytes().getOrDefault(id, 0L));
        var adapterNumbers = new HashMap<String, Integer>();
        for (var adapter : problem.adapters()) {
            int k = adapterNumbers.size();
            adapterNumbers.put(adapter.id(), k);
            for (var memory : adapter.memories()) {
                Integer m = memoryNumbers.get(memory);
                if (m != null) {
                    resident[m][k] = true;
                }
            }
        }
        int n = problem.requests().size();
        homes = new int[n];
        adapters = new int[n];
        barred = new int[n];
        for (int i = 0; i < n; i++) {
            var request = problem.requests().get(i);
            homes[i] = replicaNumbers.getOrDefault(request.replica(), -1);
            adapters[i] =
                    request.adapter() instanceof AdapterRef.Adapter(var id)
                            ? adapterNumbers.getOrDefault(id, BASE)
                            : BASE;
            barred[i] =
                    request.barred() == null
                            ? -1
                            : replicaNumbers.getOrDefault(request.barred(), -1);
            if (adapters[i] != BASE) {
                inUse[memories[homes[i]]][adapters[i]] = true;
            }
        }
    }

    public RebalanceProblem problem() {
        return problem;
    }

    public int replicaCount() {
        return memories.length;
    }

    public int requestCount() {
        return homes.length;
    }

    public ReplicaSite site(int j) {
        return problem.replicas().get(j);
    }

    public RequestLoad request(int i) {
        return problem.requests().get(i);
    }

    public AdapterCopies adapter(int k) {
        return problem.adapters().get(k);
    }

    int memoryCount() {
        return memoryCount;
    }

    /** Returns the adapter memory of replica {@code j}. */
    public int memory(int j) {
        return memories[j];
    }

    /** Returns the replica of request {@code i} now. */
    public int home(int i) {
        return homes[i];
    }

    /** Returns the adapter of request {@code i}, or {@link #BASE}. */
    public int adapterOf(int i) {
        return adapters[i];
    }

    /** Returns the bytes for adapters of memory {@code m}. */
    public long adapterBytes(int m) {
        return adapterBytes[m];
    }

    /** Returns whether requests use adapter {@code k} on replicas of memory {@code m} now. */
    public boolean isInUse(int m, int k) {
        return inUse[m][k];
    }

    /** Returns whether adapter {@code k} must be loaded before replica {@code j} can run it. */
    public boolean needsLoad(int j, int k) {
        return k != BASE && !resident[memories[j]][k] && !inUse[memories[j]][k];
    }

    /** Returns whether request {@code i} could run on replica {@code j} if others made room. */
    public boolean isAllowed(int i, int j) {
        if (j == homes[i]) {
            return true;
        }
        var request = request(i);
        return request.movable()
                && site(j).takesRequests()
                && barred[i] != j
                && request.cost().seconds() < Double.POSITIVE_INFINITY
                && request.heldBlocks() <= site(j).kvBlocks()
                && (adapters[i] == BASE
                        || isInUse(memories[j], adapters[i])
                        || adapter(adapters[i]).bytes() <= adapterBytes[memories[j]]);
    }

    /** Returns the requests of each replica. */
    List<List<Integer>> requestsByReplica() {
        var all = new ArrayList<List<Integer>>();
        for (int j = 0; j < replicaCount(); j++) {
            all.add(new ArrayList<>());
        }
        for (int i = 0; i < requestCount(); i++) {
            all.get(homes[i]).add(i);
        }
        return all;
    }
}
