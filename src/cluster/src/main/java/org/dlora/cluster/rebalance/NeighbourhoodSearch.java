package org.dlora.cluster.rebalance;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.dlora.scheduling.rebalance.GreedyRebalancer;
import org.dlora.scheduling.rebalance.ProblemIndex;
import org.dlora.scheduling.rebalance.RebalanceDraft;
import org.dlora.scheduling.rebalance.RelaxedBound;

/**
 * Search that improves a draft by programs over a few replicas: the fullest one and some others,
 * the emptiest first. A program over all replicas is too large for a second.
 */
final class NeighbourhoodSearch {
    private static final double LEAST_GAIN = 1e-6;

    /** Replicas of a program. */
    private static final int REPLICAS = 4;

    /** Requests times replicas up to which a program has whole requests. */
    private static final int WHOLE_REQUESTS = 48;

    /** Share above the bound that is good enough where groups are divided: a second gains less. */
    private static final double ENOUGH = 0.05;

    /** Part of the time left that a program gets. Programs overrun theirs by up to three times. */
    private static final int PARTS = 6;

    /** Least milliseconds of a program: most find nothing in less. */
    private static final long SHORTEST = 20;

    private final GreedyRebalancer greedy = new GreedyRebalancer();
    private final ProblemIndex index;
    private final double bound;
    private final Programs programs;
    private final LongSupplier millisecondsLeft;
    private volatile RebalanceDraft draft;
    private volatile boolean limitHit;
    private volatile boolean stopped;

    /** Solver of a program over some replicas. */
    interface Programs {
        /**
         * Returns the replica of each request, by its number; empty if no solution was found.
         *
         * @param replicas replicas whose requests may move among them
         * @param single whether requests are whole; else they are divided and rounded
         */
        Map<Integer, Integer> solve(
                RebalanceDraft draft,
                List<Integer> replicas,
                double bound,
                boolean single,
                long milliseconds);
    }

    NeighbourhoodSearch(
            RebalanceDraft draft, double bound, Programs programs, LongSupplier millisecondsLeft) {
        this.draft = draft;
        this.bound = bound;
        this.programs = programs;
        this.millisecondsLeft = millisecondsLeft;
        index = draft.index();
    }

    /** Returns the best draft so far. */
    RebalanceDraft draft() {
        return draft;
    }

    /** Returns whether the search ended before it had tried all programs. */
    boolean limitHit() {
        return limitHit;
    }

    /** Ends the search after the present program. */
    void stop() {
        stopped = true;
    }

    /** Improves the draft until no program does, or the time is over. */
    void run() {
        while (!isGoodEnough() && improve()) {}
    }

    /** Returns whether the draft is so near the bound that no better one is sought. */
    boolean isGoodEnough() {
        return isWhole(index.requestCount(), index.replicaCount())
                ? RelaxedBound.isNear(draft.seconds(), bound)
                : draft.seconds() <= bound * (1 + ENOUGH);
    }

    private static boolean isWhole(long requests, int replicas) {
        return requests * replicas <= WHOLE_REQUESTS;
    }

    private boolean improve() {
        int from = draft.fullest();
        for (var others : neighbours(from)) {
            long milliseconds = millisecondsLeft.getAsLong() / PARTS;
            if (milliseconds < SHORTEST || stopped) {
                limitHit = true;
                return false;
            }
            if (improve(from, others, milliseconds)) {
                return true;
            }
        }
        return false;
    }

    private List<List<Integer>> neighbours(int from) {
        Comparator<Integer> byLoad = comparingDouble(draft::load);
        var others =
                IntStream.range(0, index.replicaCount())
                        .boxed()
                        .filter(j -> j != from && takesPart(j))
                        .sorted(byLoad)
                        .toList();
        int size = REPLICAS - 1;
        var all = new ArrayList<List<Integer>>();
        for (int start = 0; start < others.size(); start += size) {
            all.add(others.subList(start, Math.min(start + size, others.size())));
        }
        return all;
    }

    /** Returns whether requests may go there, or were there and could go back. */
    private boolean takesPart(int j) {
        return index.site(j).takesRequests() || draft.load(j) > 0;
    }

    private boolean improve(int from, List<Integer> others, long milliseconds) {
        var replicas = new ArrayList<>(others);
        replicas.add(from);
        long requests =
                IntStream.range(0, index.requestCount())
                        .filter(i -> replicas.contains(draft.place(i)))
                        .count();
        boolean single = isWhole(requests, replicas.size());
        var places = programs.solve(draft, replicas, bound, single, milliseconds);
        var other = draft.copy();
        other.moveAll(places);
        greedy.improve(other, bound);
        other = other.ordered();
        if (other.seconds() < draft.seconds() * (1 - LEAST_GAIN)) {
            draft = other;
            return true;
        }
        return false;
    }
}
