package org.dlora.engine.merging;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.function.DoubleSupplier;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.replica.MergeOutcome;
import org.dlora.replica.WeightReport;
import org.dlora.replica.WeightReport.EndedBuild;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches a replica's weights to the mode of each step, and builds the next merged weights in
 * slices between steps, so that running streams keep their pace.
 */
public final class WeightSwitch {
    private static final Logger log = LoggerFactory.getLogger(WeightSwitch.class);

    /** Weight of the last slice or switch in the measured speed of building and switching. */
    private static final double FOLLOW = 0.3;

    private final ReplicaWeights weights;
    private final Map<String, AdapterTerms> adapters;
    private final DoubleSupplier clock;
    private double speed; // multiply-adds per second, 0 = not known yet
    private long work;
    private double spent;
    private long uses;
    private double switchSeconds;
    private final Queue<EndedBuild> ended = new ArrayDeque<>();

    /**
     * @param adapters loaded ones by id
     */
    public WeightSwitch(
            ReplicaWeights weights, Map<String, AdapterTerms> adapters, DoubleSupplier clock) {
        this.weights = weights;
        this.adapters = adapters;
        this.clock = clock;
    }

    /** Returns the state of the weights, with a build that has ended and was not reported. */
    public WeightReport report() {
        var ready = new HashSet<String>();
        weights.merged().ifPresent(ready::add);
        weights.kept().ifPresent(ready::add);
        boolean isBuilt = weights.remaining() == 0;
        weights.building().filter(_ -> isBuilt).ifPresent(ready::add);
        var build = weights.building().filter(_ -> !isBuilt).map(this::progress);
        return new WeightReport(
                weights.merged().map(Mode::merged).orElse(Mode.unmerged()),
                ready,
                build.orElse(null),
                weights.memory(),
                weights.copyBytes(),
                weights.idleBytes(),
                uses,
                switchSeconds,
                ended.poll());
    }

    /** Returns whether a build has ended that was not reported. */
    public boolean hasNews() {
        return !ended.isEmpty();
    }

    private MergeView.Build progress(String adapter) {
        double done = 1 - (double) weights.remaining() / work;
        return new MergeView.Build(adapter, Math.clamp(done, 0, Math.nextDown(1.0)));
    }

    /**
     * Puts the weights of a step into effect.
     *
     * @throws IllegalStateException if they are not ready
     * @throws RuntimeException if the device failed; the step must not run
     */
    public void enter(Mode mode) {
        switch (mode) {
            case Mode.Unmerged() -> weights.unmerge();
            case Mode.Merged(var adapter) -> enter(adapter);
        }
        if (!weights.isSettled()) {
            settle();
        }
    }

    private void settle() {
        double began = clock.getAsDouble();
        weights.settle();
        switchSeconds = following(switchSeconds, clock.getAsDouble() - began);
    }

    /**
     * @param mean of the measurements before; 0 if there was none
     */
    private static double following(double mean, double measured) {
        return mean == 0 ? measured : mean + FOLLOW * (measured - mean);
    }

    private void enter(String adapter) {
        if (weights.merged().filter(adapter::equals).isPresent()) {
            return;
        }
        if (weights.building().filter(adapter::equals).isPresent()) {
            weights.commit();
        } else {
            weights.restore(adapter);
        }
        uses++;
    }

    /**
     * Goes on building the merged weights of {@code target}, or ends a build if the target is
     * unmerged.
     *
     * @param seconds to spend, about
     */
    public void build(Mode target, double seconds) {
        if (!(target instanceof Mode.Merged(var wanted))
                || weights.merged().filter(wanted::equals).isPresent()) {
            drop();
            return;
        }
        try {
            if (weights.building().filter(wanted::equals).isEmpty()) {
                drop();
                if (!begin(wanted)) {
                    return;
                }
            }
            if (weights.remaining() > 0) {
                advance(wanted, seconds);
            }
        } catch (RuntimeException | Error e) {
            log.error("The merged weights of {} could not be built", wanted, e);
            weights.cancel();
            ended.add(new EndedBuild(wanted, MergeOutcome.FAILED, spent, e.toString()));
        }
    }

    /** Begins a build; returns whether there is memory for it. */
    private boolean begin(String adapter) {
        spent = 0;
        var loaded = requireNonNull(adapters.get(adapter), () -> adapter + " is not loaded");
        var refusal = weights.begin(adapter, loaded.merge());
        refusal.ifPresent(why -> ended.add(new EndedBuild(adapter, MergeOutcome.REFUSED, 0, why)));
        work = weights.remaining();
        return refusal.isEmpty();
    }

    private void advance(String adapter, double seconds) {
        long before = weights.remaining();
        double began = clock.getAsDouble();
        boolean ready = weights.advance(Math.max(1, (long) (speed * seconds)));
        double took = clock.getAsDouble() - began;
        spent += took;
        if (took > 0) {
            speed = following(speed, (before - weights.remaining()) / took);
        }
        if (ready) {
            ended.add(new EndedBuild(adapter, MergeOutcome.READY, spent, ""));
        }
    }

    private void drop() {
        weights.building()
                .filter(_ -> weights.remaining() > 0)
                .ifPresent(adapter ->
                        ended.add(new EndedBuild(adapter, MergeOutcome.DROPPED, spent, "")));
        weights.cancel();
    }

    /** Forgets everything of an adapter that is unloaded. */
    public void forget(String adapter) {
        if (weights.building().filter(adapter::equals).isPresent()) {
            drop();
        }
        weights.forget(adapter);
    }

    /** Gives back copies; {@code all} unmerges and gives back those in effect too. */
    public void release(boolean all) {
        if (all) {
            drop();
            weights.unmerge();
        }
        weights.release();
    }
}
