package org.dlora.engine;

import java.util.HashSet;
import java.util.function.DoubleSupplier;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a replica's weights in the mode of each step, and builds what is to be merged next in
 * slices between steps, so that running streams keep their pace.
 */
final class WeightSwitch {
    private static final Logger log = LoggerFactory.getLogger(WeightSwitch.class);

    /** Of the share of time that is allowed, what building gets where promised times leave less. */
    private static final double LEAST = 0.1;

    /** How fast the measured speed of building follows. */
    private static final double FOLLOW = 0.3;

    private final ReplicaWeights weights;
    private final AdapterAccounts accounts;
    private final LearnedCosts costs;
    private final EngineObserver observer;
    private final DoubleSupplier clock;
    private double speed; // multiply-adds per second, 0 = not known yet
    private long work;
    private double spent;
    private double used;

    WeightSwitch(
            ReplicaWeights weights,
            AdapterAccounts accounts,
            LearnedCosts costs,
            EngineObserver observer,
            DoubleSupplier clock) {
        this.weights = weights;
        this.accounts = accounts;
        this.costs = costs;
        this.observer = observer;
        this.clock = clock;
    }

    MergeView view(double share) {
        var ready = new HashSet<String>();
        weights.merged().ifPresent(ready::add);
        weights.kept().ifPresent(ready::add);
        var mode = weights.merged().map(Mode::merged).orElse(Mode.unmerged());
        boolean isBuilt = weights.remaining() == 0;
        weights.building().filter(_ -> isBuilt).ifPresent(ready::add);
        var build = weights.building().filter(_ -> !isBuilt).map(this::build);
        return new MergeView(mode, ready, build.orElse(null), share, weights.memory());
    }

    private MergeView.Build build(String adapter) {
        double progress = 1 - (double) weights.remaining() / work;
        return new MergeView.Build(adapter, Math.clamp(progress, 0, Math.nextDown(1.0)));
    }

    /**
     * Puts the weights of a step into effect.
     *
     * @throws IllegalStateException if they are not ready
     */
    void enter(Mode mode) {
        switch (mode) {
            case Mode.Unmerged() -> weights.unmerge();
            case Mode.Merged(var adapter) -> enter(adapter);
        }
    }

    private void enter(String adapter) {
        used = clock.getAsDouble();
        if (weights.merged().filter(adapter::equals).isPresent()) {
            return;
        }
        if (weights.building().filter(adapter::equals).isPresent()) {
            weights.commit();
        } else {
            weights.restore(adapter, accounts.of(adapter).terms());
        }
    }

    /**
     * After a step: goes on with what is to be merged next, or drops what is not wanted any more.
     *
     * @param step seconds that the step took
     * @param tpot seconds between two tokens that are promised
     */
    void build(Mode target, MergeSettings settings, double step, double tpot) {
        var wanted = target instanceof Mode.Merged(var adapter) ? adapter : null;
        if (wanted == null || weights.merged().filter(wanted::equals).isPresent()) {
            drop();
            return;
        }
        used = clock.getAsDouble();
        try {
            if (weights.building().filter(wanted::equals).isEmpty()) {
                drop();
                begin(wanted);
            }
            if (weights.remaining() > 0) {
                double fair = settings.beside(step);
                advance(wanted, Math.min(fair, Math.max(tpot - step, LEAST * fair)));
            }
        } catch (RuntimeException | Error e) {
            log.error("The merged weights of {} could not be built", wanted, e);
            weights.cancel();
            accounts.of(wanted).mergeFailed(e.toString(), clock.getAsDouble());
            observer.built(MergeOutcome.FAILED, spent);
        }
    }

    private void begin(String adapter) {
        spent = 0;
        weights.begin(adapter, accounts.of(adapter).terms());
        work = weights.remaining();
    }

    private void advance(String adapter, double seconds) {
        long before = weights.remaining();
        double began = clock.getAsDouble();
        boolean ready = weights.advance(Math.max(1, (long) (speed * seconds)));
        double took = clock.getAsDouble() - began;
        spent += took;
        if (took > 0) {
            double measured = (before - weights.remaining()) / took;
            speed = speed == 0 ? measured : speed + FOLLOW * (measured - speed);
        }
        if (ready) {
            observer.built(MergeOutcome.READY, spent);
            costs.merged(accounts.of(adapter).terms().lora(), spent);
        }
    }

    private void drop() {
        if (weights.building().isPresent() && weights.remaining() > 0) {
            observer.built(MergeOutcome.DROPPED, spent);
        }
        weights.cancel();
    }

    /** Nothing of the adapter remains. */
    void forget(String adapter) {
        if (weights.building().filter(adapter::equals).isPresent()) {
            drop();
        }
        weights.forget(adapter);
    }

    /** After a step: gives back copies if none has been used for long. */
    void release(MergeSettings settings) {
        if (clock.getAsDouble() - used >= settings.keep() && weights.copyBytes() > 0) {
            weights.release();
        }
    }

    /** Nothing has run for long: all copies are given back. */
    void releaseAll() {
        drop();
        weights.unmerge();
        weights.release();
    }

    /** Bytes of the replica's own copies. */
    long copyBytes() {
        return weights.copyBytes();
    }
}
