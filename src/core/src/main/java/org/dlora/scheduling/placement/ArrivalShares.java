package org.dlora.scheduling.placement;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.residency.ArrivalRate;

/**
 * Estimate of the share of arrivals that each adapter gets, in which old ones count less and less.
 * Not thread-safe.
 *
 * <p>The clock is the number of requests to all models, as in an adapter memory, and not time. So
 * shares do not depend on the rate of all models together: a quiet night forgets nothing.
 */
public final class ArrivalShares {
    /** Decayed arrivals below which an adapter is forgotten. */
    private static final double LEAST = 1e-3;

    /** Decayed arrivals up to which missing ones count as requests of no adapter. */
    private static final double FEW = 32;

    private final double halfLife;
    private final Map<AdapterRef, ArrivalRate> rates = new HashMap<>();
    private ArrivalRate all = ArrivalRate.NONE;
    private double requests;

    /**
     * Creates an estimate without arrivals.
     *
     * @param halfLife requests after which an arrival counts half, above 0
     */
    public ArrivalShares(double halfLife) {
        if (!(halfLife > 0 && halfLife < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "Half-life of arrivals is %s requests: expected a finite number above 0"
                            .formatted(halfLife));
        }
        this.halfLife = halfLife;
    }

    /** Notes a request for {@code model}. */
    public void arrived(AdapterRef model) {
        requests++;
        all = all.arrived(requests, halfLife);
        rates.merge(
                model,
                ArrivalRate.NONE.arrived(requests, halfLife),
                (rate, _) -> rate.arrived(requests, halfLife));
        if (requests % Math.ceil(halfLife) == 0) {
            rates.values().removeIf(rate -> weight(rate) < LEAST);
        }
    }

    /**
     * Returns the expected share of the next arrivals that are for {@code model}, 0..1. The shares
     * of all models add up to 1, or to less after few requests.
     */
    public double share(AdapterRef model) {
        double weight = weight(rates.getOrDefault(model, ArrivalRate.NONE));
        return weight / Math.max(FEW, weight(all));
    }

    /** Lists the models whose share is {@code least} or more, which is above 0. */
    public List<AdapterRef> above(double least) {
        return rates.keySet().stream().filter(model -> share(model) >= least).toList();
    }

    private double weight(ArrivalRate rate) {
        return rate.perUnit(requests, halfLife) * halfLife / Math.log(2);
    }

    /** Forgets a model that is served no longer; the shares of others do not change. */
    public void forget(AdapterRef model) {
        rates.remove(model);
    }
}
