package org.dlora.scheduling.rebalance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import org.dlora.scheduling.AdapterRef;

/** Problems so small that all assignments can be tried. */
public final class TinyProblem {
    private static final int REPLICAS = 3;
    private static final int ADAPTERS = 3;

    private TinyProblem() {}

    /**
     * Returns a random problem of 3 replicas, 3 adapters and the base, and up to 7 requests.
     *
     * @param slots adapters that a memory has room for; 3 is all
     */
    public static RebalanceProblem random(long seed, int slots) {
        var random = new Random(seed);
        var sites = new ArrayList<ReplicaSite>();
        var budgets = new HashMap<String, Long>();
        for (int j = 0; j < REPLICAS; j++) {
            var memory = "m" + (seed % 3 == 0 ? j / 2 : j);
            sites.add(new ReplicaSite("r" + j, memory, 40, 40, random.nextInt(8) > 0));
            budgets.put(memory, 10L * slots);
        }
        var requests = new ArrayList<RequestLoad>();
        var used = new HashMap<String, HashSet<Integer>>();
        int count = 2 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            var site = sites.get(random.nextInt(2));
            int k = random.nextInt(ADAPTERS + 1) - 1;
            var its = used.computeIfAbsent(site.memory(), _ -> new HashSet<>());
            if (k >= 0 && !its.contains(k) && its.size() == slots) {
                k = -1;
            }
            if (k >= 0) {
                its.add(k);
            }
            var cost = new MoveCost(random.nextDouble(2), random.nextDouble(2));
            var request =
                    new RequestLoad(
                            "q" + i,
                            k < 0 ? AdapterRef.base() : AdapterRef.of("a" + k),
                            site.id(),
                            1 + random.nextDouble(9),
                            0,
                            random.nextInt(30),
                            cost);
            requests.add(random.nextInt(6) == 0 ? request.pinned() : request);
        }
        var adapters = new ArrayList<AdapterCopies>();
        for (int k = 0; k < ADAPTERS; k++) {
            var memories = new HashSet<String>();
            int adapter = k;
            used.forEach((memory, its) -> {
                if (its.contains(adapter)) {
                    memories.add(memory);
                }
            });
            adapters.add(new AdapterCopies("a" + k, 10, random.nextDouble(2), memories));
        }
        return new RebalanceProblem(sites, budgets, adapters, requests, 0.1);
    }

    /** Returns the least T of all assignments that keep to the limits. */
    public static double leastSeconds(RebalanceProblem problem) {
        return least(problem, new PlanAccount(problem), 0, new HashMap<>());
    }

    private static double least(
            RebalanceProblem problem, PlanAccount account, int i, Map<String, String> places) {
        if (i == problem.requests().size()) {
            return account.fits(places) ? account.seconds(places) : Double.POSITIVE_INFINITY;
        }
        var request = problem.requests().get(i);
        double least = Double.POSITIVE_INFINITY;
        for (var site : problem.replicas()) {
            if (site.id().equals(request.replica())
                    || (request.movable() && site.takesRequests())) {
                places.put(request.id(), site.id());
                least = Math.min(least, least(problem, account, i + 1, places));
            }
        }
        places.remove(request.id());
        return least;
    }
}
