package org.dlora.scheduling.rebalance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;
import org.dlora.workload.Popularity;

/**
 * Random problems with the paper's constants of a 7B model: adapters of 96 MiB, KV of 0.5 MiB a
 * token, a link of 32 GiB/s, 16 requests a step of 27 ms, log-normal lengths. Popularity is Zipf 1,
 * and each request is at a random replica that holds its adapter, so loads lie far apart.
 *
 * @param slots adapters that a memory has room for
 * @param placed adapters that a memory holds at first, at most {@code slots}
 */
public record RebalanceInstance(int replicas, int adapters, int requests, int slots, int placed) {
    private static final long MIB = 1L << 20;
    private static final double LINK = 32.0 * 1024 * MIB;
    private static final double TOKEN_SECONDS = 0.027 / 16;
    private static final int BLOCK = 16;

    /** The sizes of the paper's largest cluster. */
    public static final RebalanceInstance LARGE = new RebalanceInstance(32, 128, 2000, 12, 8);

    /** The sizes of the paper's scheduling experiments. */
    public static final RebalanceInstance MEDIUM = new RebalanceInstance(8, 32, 300, 12, 8);

    public static final RebalanceInstance SMALL = new RebalanceInstance(2, 8, 40, 8, 5);

    /** Returns the problem of a seed, with room for all in the steps of each replica. */
    public RebalanceProblem problem(long seed) {
        return problem(seed, Integer.MAX_VALUE);
    }

    /** Returns the problem of a seed whose replicas have few free places in their steps. */
    public RebalanceProblem problem(long seed, int freePlaces) {
        var random = new Random(seed);
        var held = new ArrayList<Set<String>>();
        for (int k = 0; k < adapters; k++) {
            held.add(new HashSet<>());
        }
        int next = 0;
        var sites = new ArrayList<ReplicaSite>();
        var budgets = new HashMap<String, Long>();
        for (int j = 0; j < replicas; j++) {
            for (int s = 0; s < placed; s++) {
                held.get(next++ % adapters).add("m" + j);
            }
            sites.add(site(j, freePlaces));
            budgets.put("m" + j, slots * 96L * MIB);
        }
        var copies = new ArrayList<AdapterCopies>();
        for (int k = 0; k < adapters; k++) {
            copies.add(new AdapterCopies("a" + k, 96 * MIB, 96 * MIB / LINK, held.get(k)));
        }
        return new RebalanceProblem(sites, budgets, copies, requests(random, held), 0.002);
    }

    private static ReplicaSite site(int j, int freePlaces) {
        return new ReplicaSite("r" + j, "m" + j, 7500, 4000, freePlaces, true, SiteCosts.UNKNOWN);
    }

    private List<RequestLoad> requests(Random random, List<Set<String>> held) {
        var popularity = Popularity.zipf(adapters, 1);
        var all = new ArrayList<RequestLoad>();
        for (int i = 0; i < requests; i++) {
            int k = popularity.next(random);
            var hosts = held.get(k).stream().sorted().toList();
            var replica = hosts.get(random.nextInt(hosts.size())).replace('m', 'r');
            int prompt = 1 + (int) Math.min(1024, 161 * Math.exp(1.0 * random.nextGaussian()));
            int left = 1 + (int) Math.min(1024, 200 * Math.exp(0.8 * random.nextGaussian()));
            boolean waits = random.nextInt(3) == 0;
            int done = waits ? 0 : random.nextInt(200);
            int blocks = waits ? 0 : Math.ceilDiv(prompt + done, BLOCK);
            var cost =
                    waits
                            ? MoveCost.FREE
                            : new MoveCost(
                                    0.002 + blocks * BLOCK * 0.5 * MIB / LINK,
                                    (prompt + done) * 0.0001);
            all.add(
                    new RequestLoad(
                            "q" + i,
                            AdapterRef.of("a" + k),
                            replica,
                            left * TOKEN_SECONDS,
                            blocks,
                            Math.max(blocks, Math.ceilDiv(prompt + done + left, BLOCK)),
                            cost));
        }
        return all;
    }

    /** Returns where each request runs after a plan. */
    static Map<String, String> places(RebalanceProblem problem, RebalancePlan plan) {
        var places = new HashMap<String, String>();
        problem.requests().forEach(request -> places.put(request.id(), request.replica()));
        plan.moves().forEach(move -> places.put(move.request(), move.to()));
        return places;
    }
}
