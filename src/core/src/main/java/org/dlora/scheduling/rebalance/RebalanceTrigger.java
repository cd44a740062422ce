package org.dlora.scheduling.rebalance;

import static java.lang.String.format;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.dlora.scheduling.ReplicaLoad;

/**
 * Decision when to make a plan: when a replica has drifted from the others, and once in a period.
 * The conditions are dLoRA's (Wu et al., OSDI 2024), and a share over the mean beside them.
 */
public final class RebalanceTrigger {
    private final RebalanceSettings settings;
    private final int batch;

    /**
     * Creates the trigger.
     *
     * @param batch most sequences of a step: a lead of more in requests is a drift
     */
    public RebalanceTrigger(RebalanceSettings settings, int batch) {
        this.settings = settings;
        this.batch = batch;
    }

    /**
     * Returns why a plan is to be made now, as a sentence without a full stop; empty if none is.
     *
     * @param now seconds since some fixed moment
     * @param last moment of the last plan, applied or not; negative infinity if there was none
     * @param replicas that take requests: an empty one that takes none would lower the mean for
     *     ever
     */
    public Optional<String> reason(double now, double last, List<ReplicaLoad> replicas) {
        if (replicas.size() < 2
                || now < last + settings.pause()
                || replicas.stream().allMatch(load -> requests(load) == 0)) {
            return Optional.empty();
        }
        var drift = drift(replicas);
        if (drift.isPresent()) {
            return drift;
        }
        return now >= last + settings.period()
                ? Optional.of(
                        Double.isInfinite(last)
                                ? "no plan has been made yet"
                                : format(
                                        Locale.ROOT,
                                        "%.3g s have passed since the last plan",
                                        now - last))
                : Optional.empty();
    }

    private Optional<String> drift(List<ReplicaLoad> replicas) {
        double requests =
                replicas.stream().mapToInt(RebalanceTrigger::requests).average().orElse(0);
        double usage = replicas.stream().mapToDouble(ReplicaLoad::kvUsage).average().orElse(0);
        return replicas.stream()
                .flatMap(load -> reason(load, requests, usage).stream())
                .findFirst();
    }

    private Optional<String> reason(ReplicaLoad load, double requests, double usage) {
        int its = requests(load);
        if (load.kvUsage() > settings.kvLimit()) {
            return Optional.of(
                    format(
                            Locale.ROOT,
                            "%s holds %.0f %% of its KV blocks",
                            load.id(),
                            100 * load.kvUsage()));
        }
        if (its > requests + batch || (isOver(its, requests) && its >= requests + 1)) {
            return Optional.of(
                    format(
                            Locale.ROOT,
                            "%s has %d requests, the mean is %.1f",
                            load.id(),
                            its,
                            requests));
        }
        // With few blocks held a share of the mean is a handful of tokens.
        if (isOver(load.kvUsage(), usage) && load.kvUsage() > usage + settings.drift() / 2) {
            return Optional.of(
                    format(
                            Locale.ROOT,
                            "%s holds %.0f %% of its KV blocks, the mean is %.0f %%",
                            load.id(),
                            100 * load.kvUsage(),
                            100 * usage));
        }
        return Optional.empty();
    }

    private boolean isOver(double value, double mean) {
        return value > mean * (1 + settings.drift());
    }

    private static int requests(ReplicaLoad load) {
        return load.running() + load.waiting();
    }
}
