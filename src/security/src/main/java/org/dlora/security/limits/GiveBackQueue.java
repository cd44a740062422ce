package org.dlora.security.limits;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.dlora.security.limits.SharedRates.Claim;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unused parts of shared rates on their way back, on a thread of its own. Those of one owner are
 * merged while they wait, so that a slow database makes no long queue. Thread-safe.
 */
final class GiveBackQueue implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GiveBackQueue.class);

    /** Claims of one transaction, which locks the row of each. */
    private static final int MOST = 50;

    private static final long CLOSING_SECONDS = 2;

    private final SharedRates rates;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("limits-give-back").daemon().factory());

    /** Sums of what waits, by the claim of no amount. */
    private final Map<Claim, Long> waiting = new LinkedHashMap<>();

    private boolean runs;

    GiveBackQueue(SharedRates rates) {
        this.rates = rates;
    }

    synchronized void add(List<Claim> claims) {
        for (var claim : claims) {
            if (claim.amount() > 0) {
                waiting.merge(claim.of(0), claim.amount(), Long::sum);
            }
        }
        if (runs || waiting.isEmpty()) {
            return;
        }
        try {
            thread.execute(this::drain);
            runs = true;
        } catch (RejectedExecutionException _) {
            log.debug("Unused parts of shared rates were not given back: the server ends");
        }
    }

    private void drain() {
        for (var claims = next(); !claims.isEmpty(); claims = next()) {
            try {
                rates.giveBack(claims);
            } catch (RuntimeException | Error e) {
                // The buckets fill within a minute.
                log.debug("Unused parts of shared rates were not given back", e);
            }
        }
    }

    private synchronized List<Claim> next() {
        var claims = new ArrayList<Claim>();
        var all = waiting.entrySet().iterator();
        while (all.hasNext() && claims.size() < MOST) {
            var one = all.next();
            claims.add(one.getKey().of(one.getValue()));
            all.remove();
        }
        runs = !claims.isEmpty();
        return claims;
    }

    /** Gives back what waits, for some seconds at most. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                var _ = thread.shutdownNow();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
