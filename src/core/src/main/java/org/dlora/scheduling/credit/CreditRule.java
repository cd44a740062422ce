package org.dlora.scheduling.credit;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;

/**
 * One iteration of the paper's credit-based batching (dLoRA, OSDI 2024), as in its published
 * artifact. Starving adapters are selected first. Else the batch is merged if one adapter has
 * enough of it. Else requests are selected in the order of arrival. Ties are broken by the order in
 * which adapters were loaded.
 */
final class CreditRule {
    private final CreditConstants constants;
    private final Queue queue;
    private final List<Request> first;
    private final Map<AdapterRef, Double> changes = new HashMap<>();
    private CreditState state;
    private String why = "";

    /** A request and its model. */
    record Request(long id, AdapterRef adapter) {}

    /**
     * The unfinished requests.
     *
     * @param requests by arrival; at least a full batch of each adapter and of all, if there are as
     *     many
     * @param adapters at least the adapters with requests, in the order in which they were loaded
     * @param unfinished number of unfinished requests of each adapter, beyond those in {@code
     *     requests} too
     * @param unmergeable adapters that cannot be merged
     */
    record Queue(
            List<Request> requests,
            List<AdapterRef> adapters,
            Map<AdapterRef, Integer> unfinished,
            Set<AdapterRef> unmergeable) {
        int unfinished(AdapterRef adapter) {
            return unfinished.getOrDefault(adapter, 0);
        }

        List<Request> of(AdapterRef adapter, int limit) {
            return requests.stream().filter(r -> r.adapter().equals(adapter)).limit(limit).toList();
        }
    }

    /** The batch in order, the next state, and the reason. */
    record Outcome(List<Request> selected, CreditState next, String why) {}

    private CreditRule(CreditConstants constants, CreditState state, Queue queue) {
        this.constants = constants;
        this.state = state;
        this.queue = queue;
        first = queue.requests().stream().limit(constants.maxBatch()).toList();
    }

    static Outcome apply(CreditConstants constants, CreditState state, Queue queue) {
        return queue.requests().isEmpty()
                ? new Outcome(List.of(), state, "nothing to do")
                : new CreditRule(constants, state, queue).decide();
    }

    private Outcome decide() {
        state = state.withStarving(starving());
        var urgent =
                state.starving().stream()
                        .flatMap(a -> queue.of(a, constants.maxBatch()).stream())
                        .limit(constants.maxBatch())
                        .toList();
        var selected = urgent.isEmpty() ? chooseMode() : serveStarving(urgent);
        return new Outcome(selected, state.withCredits(changes), why);
    }

    private List<AdapterRef> starving() {
        var before = new HashSet<>(state.starving());
        // Credits of adapters without requests do not change.
        return Stream.concat(queue.adapters().stream(), state.starving().stream())
                .distinct()
                .filter(a ->
                        credit(a) >= constants.thetaHigh()
                                || (before.contains(a) && credit(a) >= constants.thetaLow()))
                .sorted(comparingDouble(this::credit).reversed())
                .toList();
    }

    private double credit(AdapterRef adapter) {
        var changed = changes.get(adapter);
        return changed == null ? state.credits().getOrDefault(adapter, 0.0) : changed;
    }

    private List<Request> serveStarving(List<Request> urgent) {
        var selected = new ArrayList<>(urgent);
        var served = new HashSet<>(urgent);
        first.stream()
                .filter(r -> !served.contains(r))
                .limit(constants.maxBatch() - urgent.size())
                .forEach(selected::add);
        why = "starving adapters go first: " + state.starving();
        transfer(selected, constants.starvingCredit());
        runUnmerged();
        return selected;
    }

    private List<Request> chooseMode() {
        var able =
                queue.adapters().stream()
                        .filter(a -> queue.unfinished(a) > 0)
                        .filter(a -> !queue.unmergeable().contains(a) && credit(a) >= 0)
                        .toList();
        int most = able.stream().mapToInt(queue::unfinished).max().orElse(0);
        var hottest =
                able.stream().filter(a -> queue.unfinished(a) == most).findFirst().orElse(null);
        var merged = state.merged();
        if (merged != null
                && able.contains(merged)
                && queue.unfinished(merged) >= state.beta() * first.size()) {
            why = share(merged) + " ≥ β " + state.beta() + ": stays merged";
            state =
                    state.withPeriod(
                            state.period().withIterations(state.period().iterations() + 1));
            return runMerged(merged);
        }
        if (hottest != null && most >= state.alpha() * first.size()) {
            why = share(hottest) + " ≥ α " + state.alpha() + ": merged";
            tune();
            state = state.withMerged(hottest).withPeriod(state.period().withIterations(1));
            return runMerged(hottest);
        }
        why = hottest == null ? "no adapter can be merged" : share(hottest) + ": unmerged";
        if (hottest != null) {
            state = state.withPeriod(state.period().ledBy(hottest));
        }
        count(hottest);
        runUnmerged();
        return first;
    }

    private String share(AdapterRef adapter) {
        return "%s has %d of %d".formatted(adapter, queue.unfinished(adapter), first.size());
    }

    private List<Request> runMerged(AdapterRef adapter) {
        count(adapter);
        var selected = queue.of(adapter, constants.maxBatch());
        transfer(selected, constants.mergeCredit());
        return selected;
    }

    private void count(@Nullable AdapterRef adapter) {
        int rows = adapter == null ? 0 : Math.min(queue.unfinished(adapter), constants.maxBatch());
        state = state.withPeriod(state.period().plusRows(rows, first.size()));
    }

    private void runUnmerged() {
        if (state.merged() == null) {
            state =
                    state.withPeriod(
                            state.period().withIterations(state.period().iterations() + 1));
        } else {
            tune();
            state = state.withMerged(null).withPeriod(state.period().withIterations(1));
        }
    }

    /** Moves credit from requests selected out of turn to the requests that they displace. */
    private void transfer(List<Request> selected, double credit) {
        var served = new HashSet<>(selected);
        var displaced = first.stream().filter(r -> !served.contains(r)).toList();
        if (selected.size() < first.size()) {
            displaced.forEach(r -> pay(selected.getFirst(), r, credit / 2));
            return;
        }
        var inTurn = new HashSet<>(first);
        var outOfTurn = selected.stream().filter(r -> !inTurn.contains(r)).toList();
        for (int i = 0; i < outOfTurn.size(); i++) {
            pay(outOfTurn.get(i), displaced.get(i), credit);
        }
    }

    private void pay(Request payer, Request receiver, double amount) {
        changes.put(payer.adapter(), credit(payer.adapter()) - amount);
        changes.put(receiver.adapter(), credit(receiver.adapter()) + amount);
    }

    /**
     * Adjusts a bar at a change of mode, by whether the other mode would have served the period
     * faster.
     */
    private void tune() {
        var period = state.period();
        if (period.iterations() == 0) {
            return;
        }
        boolean wasMerged = state.merged() != null;
        int i = period.iterations();
        double merged =
                period.rowsMerged()
                        / (constants.merged() * i
                                + constants.change() * (wasMerged ? 1 : period.virtualSwitches()));
        double unmerged =
                period.rowsUnmerged()
                        / (constants.unmerged() * i + constants.change() * (wasMerged ? 0 : 1));
        double alpha = wasMerged ? tunedAlpha(merged, unmerged) : state.alpha();
        double beta = wasMerged ? state.beta() : tunedBeta(merged, unmerged);
        state = state.withBars(alpha, beta).withPeriod(CreditState.Period.NONE);
    }

    private double tunedAlpha(double merged, double unmerged) {
        double lower = state.alpha() - constants.stepAdd();
        if (merged > unmerged) {
            return lower > state.beta() ? lower : state.alpha();
        }
        return merged < unmerged ? state.alpha() * constants.stepMultiply() : state.alpha();
    }

    private double tunedBeta(double merged, double unmerged) {
        double higher = state.beta() + constants.stepAdd();
        if (unmerged > merged) {
            return higher < state.alpha() ? higher : state.beta();
        }
        return unmerged < merged ? state.beta() / constants.stepMultiply() : state.beta();
    }
}
