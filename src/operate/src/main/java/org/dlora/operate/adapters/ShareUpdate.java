package org.dlora.operate.adapters;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.dlora.audit.ChangeCondition;
import org.dlora.catalogue.SchedulingService;
import org.dlora.operate.ManifestGuard;
import org.dlora.operate.ShortenedText;
import org.dlora.scheduling.ServiceWeights;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Update of an adapter's share as the first step of a change. The share comes first because all
 * shares are compared with those of other servers, so a lost race is found before anything changed.
 */
record ShareUpdate(SchedulingService scheduling, ManifestGuard guard, String name, double share) {
    private static final Logger log = LoggerFactory.getLogger(ShareUpdate.class);

    /**
     * Returns the result of the other steps. If they fail, the adapter gets its earlier share back,
     * unless another call has changed the share since.
     */
    <T> T before(Supplier<T> steps) {
        var earlier = new AtomicReference<Double>(1.0);
        var written =
                change(weights -> {
                    var condition = ChangeCondition.current();
                    condition.check(weights);
                    earlier.set(weights.of(name));
                    var next = weights.with(Map.of(name, share));
                    condition.changed(next);
                    return next;
                });
        try {
            written.join();
            return steps.get();
        } catch (RuntimeException | Error e) {
            restore(earlier.get(), e);
            throw e;
        }
    }

    private void restore(double earlier, Throwable failure) {
        try {
            change(weights ->
                            weights.of(name) == share
                                    ? weights.with(Map.of(name, earlier))
                                    : weights)
                    .join();
        } catch (RuntimeException e) {
            log.warn(
                    "Adapter {} keeps the share {} of a change that failed",
                    ShortenedText.name(name),
                    share);
            failure.addSuppressed(e);
        }
    }

    private CompletableFuture<Void> change(UnaryOperator<ServiceWeights> change) {
        return scheduling.schedule(
                guard.schedule(before -> before.with(change.apply(before.weights()))));
    }
}
