package org.dlora.cluster.residency;

import java.time.InstantSource;
import java.util.function.DoubleSupplier;
import org.dlora.scheduling.residency.ResidencyPolicy;
import org.dlora.scheduling.residency.ResidencySettings;

/**
 * Options of an adapter memory's decisions.
 *
 * @param name of the memory in metrics and answers
 * @param clock seconds since some fixed moment
 * @param rest seconds in which an adapter that was evicted by hand is loaded for requests alone
 * @param time of day
 */
public record ResidencyOptions(
        String name,
        ResidencyPolicy policy,
        ResidencySettings settings,
        DoubleSupplier clock,
        double rest,
        InstantSource time) {

    /** Returns the requests after which an earlier one counts half for the expected demand. */
    double halfLife() {
        return settings.demandHalfLife();
    }
}
