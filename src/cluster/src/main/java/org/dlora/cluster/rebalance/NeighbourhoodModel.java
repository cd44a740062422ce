package org.dlora.cluster.rebalance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.rebalance.ProblemIndex;
import org.dlora.scheduling.rebalance.RebalanceDraft;
import org.ojalgo.concurrent.Parallelism;
import org.ojalgo.optimisation.Expression;
import org.ojalgo.optimisation.ExpressionsBasedModel;
import org.ojalgo.optimisation.Variable;
import org.ojalgo.optimisation.integer.IntegerStrategy;
import org.ojalgo.optimisation.integer.IntegerStrategy.GMICutConfiguration;
import org.ojalgo.type.context.NumberContext;

/**
 * The program of dLoRA (Wu et al., OSDI 2024) over some replicas; requests and adapters of all
 * others stay. Its variables are T, the part x of each group on each replica, whether a memory has
 * an adapter (y), whether a replica's requests load one (u), and the seconds of swaps (z).
 */
final class NeighbourhoodModel {
    /** Weight of the seconds of moves and loads beside T: plans of equal T differ by them. */
    private static final double COST_WEIGHT = 1e-4;

    /**
     * Branch and bound on one thread, without cuts: with ojAlgo's cuts and default gap, one in 25
     * tiny programs ended as infeasible or with a solution that was not the best.
     */
    private static final IntegerStrategy STRATEGY =
            IntegerStrategy.DEFAULT
                    .withParallelism(Parallelism.ONE)
                    .withGMICutConfiguration(new GMICutConfiguration().withFractionality(0.6))
                    .withGapTolerance(NumberContext.of(12, 12));

    private final RebalanceDraft draft;
    private final ProblemIndex index;
    private final List<Integer> replicas;
    private final List<RequestGroup> groups;
    private final boolean single;
    private final ExpressionsBasedModel model = new ExpressionsBasedModel();
    private final Variable longest;
    private final Expression[] loads; // by replica
    private final Set<Long> fixed = new HashSet<>();
    private final Map<Long, Variable> copies = new HashMap<>();
    private final Map<Long, Variable> arrivals = new HashMap<>();
    private final List<Map<Integer, Variable>> parts = new ArrayList<>(); // by group and replica
    private int rows;

    /**
     * Creates the model.
     *
     * @param replicas replicas whose requests may move among them
     * @param bound that T cannot be below, in seconds
     * @param single whether requests are whole; else groups are divisible, and adapters are not
     */
    NeighbourhoodModel(RebalanceDraft draft, List<Integer> replicas, double bound, boolean single) {
        this.draft = draft;
        this.replicas = replicas;
        this.single = single;
        index = draft.index();
        groups = RequestGroup.of(draft, replicas, single);
        loads = new Expression[index.replicaCount()];
        longest = model.newVariable("T").lower(bound).weight(1);
        for (int j : replicas) {
            loads[j] = row().set(longest, -1);
        }
        fix();
        for (int g = 0; g < groups.size(); g++) {
            place(g);
        }
        replicas.forEach(this::limit);
        limitMemories();
    }

    /** Collects the adapters that requests outside the model keep in their memory. */
    private void fix() {
        for (int i = 0; i < index.requestCount(); i++) {
            boolean stays = !replicas.contains(draft.place(i)) || !index.request(i).movable();
            if (stays && index.adapterOf(i) != ProblemIndex.BASE) {
                fixed.add(key(index.memory(draft.place(i)), index.adapterOf(i)));
            }
        }
    }

    private Expression row() {
        return model.newExpression("row" + rows++);
    }

    private void place(int g) {
        var group = groups.get(g);
        var somewhere = row().level(1);
        var its = new LinkedHashMap<Integer, Variable>();
        for (int j : replicas) {
            if (j == group.place() || group.isAllowed(j)) {
                var part =
                        model.newVariable("x" + g + "," + j)
                                .lower(0)
                                .upper(1)
                                .weight(COST_WEIGHT * group.moves(j));
                part.integer(single);
                its.put(j, part);
                somewhere.set(part, 1);
                loads[j].set(part, group.work(j));
                need(group, j, part);
            }
        }
        parts.add(its);
    }

    /** Ties a part of a group to its adapter in the replica's memory, and to the load of it. */
    private void need(RequestGroup group, int j, Variable part) {
        int k = group.adapter();
        if (k == ProblemIndex.BASE) {
            return;
        }
        int m = index.memory(j);
        if (!fixed.contains(key(m, k))) {
            var copy =
                    copies.computeIfAbsent(
                            key(m, k),
                            _ ->
                                    model.newVariable("y" + m + "," + k)
                                            .lower(0)
                                            .upper(1)
                                            .integer(!single));
            row().set(part, 1).set(copy, -1).upper(0);
        }
        if (index.needsLoad(j, k) && index.adapter(k).loadSeconds() > 0) {
            double seconds = index.adapter(k).loadSeconds();
            var arrival =
                    arrivals.computeIfAbsent(
                            key(j, k),
                            _ -> {
                                var made =
                                        model.newVariable("u" + j + "," + k)
                                                .lower(0)
                                                .upper(1)
                                                .weight(COST_WEIGHT * seconds);
                                loads[j].set(made, seconds);
                                return made;
                            });
            row().set(part, 1).set(arrival, -1).upper(0);
        }
    }

    private static long key(int first, int second) {
        return (long) first << 32 | second;
    }

    private void limit(int j) {
        double fixedWork = draft.load(j) - draft.swapSeconds(j);
        long fixedBlocks = draft.endBlocks(j);
        long most = fixedBlocks;
        long free = draft.freeBlocks(j);
        long places = draft.freePlaces(j);
        var held = row();
        var taken = row();
        var demand = row();
        for (int g = 0; g < groups.size(); g++) {
            var group = groups.get(g);
            var part = parts.get(g).get(j);
            if (group.place() == j) {
                fixedWork -= group.work(j);
                fixedBlocks -= group.endBlocks();
                free += group.heldBlocks();
                places += group.places();
            } else if (part != null) {
                most += group.endBlocks();
            }
            if (part != null) {
                held.set(part, group.heldBlocks());
                taken.set(part, group.places());
                demand.set(part, group.endBlocks());
            }
        }
        for (int k = 0; k < index.problem().adapters().size(); k++) {
            fixedWork -= draft.arrivals(j, k) > 0 ? loadSeconds(j, k) : 0;
        }
        held.upper(free);
        taken.upper(places);
        loads[j].upper(-fixedWork);
        double swap = index.problem().swapSeconds();
        if (most > index.site(j).kvBlocks() && swap > 0) {
            var swaps = model.newVariable("z" + j).lower(0);
            loads[j].set(swaps, 1);
            demand.set(swaps, -1 / swap);
            demand.upper(index.site(j).kvBlocks() - fixedBlocks);
        }
    }

    private double loadSeconds(int j, int k) {
        return index.needsLoad(j, k) ? index.adapter(k).loadSeconds() : 0;
    }

    /** Keeps the adapters of each memory within its bytes, which count as 1. */
    private void limitMemories() {
        var memories = new HashSet<Integer>();
        for (int j : replicas) {
            int m = index.memory(j);
            if (!memories.add(m)) {
                continue;
            }
            double all = Math.max(1, index.adapterBytes(m));
            double left = draft.spareBytes(m) / all;
            var room = row();
            for (int k = 0; k < index.problem().adapters().size(); k++) {
                var copy = copies.get(key(m, k));
                double size = index.adapter(k).bytes() / all;
                if (copy != null) {
                    room.set(copy, size);
                    left += draft.users(m, k) > 0 ? size : 0;
                }
            }
            room.upper(left);
        }
    }

    /**
     * Solves the model with one thread.
     *
     * @param milliseconds after which the best solution so far is taken; ojAlgo may take three
     *     times as long
     * @return replica of each request, by its number; empty if no solution was found
     */
    Map<Integer, Integer> solve(long milliseconds) {
        model.options.integer(STRATEGY);
        model.options.time_suffice = milliseconds;
        model.options.time_abort = milliseconds;
        var result = model.minimise();
        var places = new LinkedHashMap<Integer, Integer>();
        if (result.getState().isFeasible()) {
            for (int g = 0; g < groups.size(); g++) {
                var values = new LinkedHashMap<Integer, Double>();
                parts.get(g).forEach((j, part) -> values.put(j, part.getValue().doubleValue()));
                groups.get(g).round(values, places);
            }
        }
        return places;
    }
}
