package org.dlora.engine.merging;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.dlora.adapter.weights.MergeTerms;
import org.jspecify.annotations.Nullable;

/** Weights that remember which adapter is in them, and refuse what real ones refuse. */
public final class FakeWeights implements ReplicaWeights {
    public static final long WORK = 1000;
    public static final long BYTES = 64;

    private final Set<String> failing = new TreeSet<>();
    private final Set<String> refused = new TreeSet<>();
    private LongConsumer beforeWork = work -> {};
    private @Nullable String merged;
    private @Nullable String building;
    private @Nullable String kept;
    private long remaining;
    private boolean spare;

    public void beforeWork(LongConsumer action) {
        beforeWork = action;
    }

    /** Building this adapter's weights will fail. */
    public void failFor(String adapter) {
        failing.add(adapter);
    }

    /** Memory for this adapter's weights is refused from now on, or not any more. */
    public void refuse(String adapter, boolean isRefused) {
        var _ = isRefused ? refused.add(adapter) : refused.remove(adapter);
    }

    @Override
    public WeightStatus status() {
        int copies = (merged == null ? 0 : 1) + (building == null ? 0 : 1) + (spare ? 1 : 0);
        return new WeightStatus(
                Optional.ofNullable(merged),
                Optional.ofNullable(building),
                Optional.ofNullable(kept),
                remaining,
                BYTES * copies,
                spare ? BYTES : 0,
                Long.MAX_VALUE);
    }

    @Override
    public Optional<String> begin(String adapter, MergeTerms terms) {
        if (adapter.equals(merged) || terms.obstacle().isPresent()) {
            throw new IllegalStateException(adapter + " cannot be merged now");
        }
        if (refused.contains(adapter)) {
            return Optional.of("it needs more than is free");
        }
        long work = adapter.equals(kept) ? 0 : WORK;
        cancel();
        remaining = work;
        building = adapter;
        kept = null;
        spare = false;
        return Optional.empty();
    }

    @Override
    public boolean advance(long multiplyAdds) {
        if (building == null || multiplyAdds < 1) {
            throw new IllegalStateException("Nothing was begun, or nothing is to be done");
        }
        if (failing.contains(building)) {
            cancel();
            throw new OutOfMemoryError("no memory for a copy");
        }
        beforeWork.accept(Math.min(remaining, multiplyAdds));
        remaining = Math.max(0, remaining - multiplyAdds);
        return remaining == 0;
    }

    @Override
    public void commit() {
        if (building == null || remaining > 0) {
            throw new IllegalStateException("Nothing is ready");
        }
        if (merged != null) {
            spare = true;
        }
        kept = merged;
        merged = building;
        building = null;
    }

    @Override
    public void restore(String adapter) {
        if (!adapter.equals(kept)) {
            throw new IllegalStateException(adapter + " was not kept");
        }
        spare = merged != null;
        kept = merged;
        merged = adapter;
    }

    @Override
    public void unmerge() {
        if (merged != null) {
            kept = merged;
            spare = true;
            merged = null;
        }
    }

    @Override
    public void cancel() {
        if (building != null) {
            kept = remaining == 0 ? building : null;
            building = null;
            remaining = 0;
            spare = true;
        }
    }

    @Override
    public void forget(String adapter) {
        if (adapter.equals(merged)) {
            unmerge();
        }
        if (adapter.equals(building)) {
            cancel();
        }
        if (adapter.equals(kept)) {
            kept = null;
        }
    }

    @Override
    public void release() {
        kept = null;
        spare = false;
    }
}
