package org.dlora.security.limits;

import java.time.Instant;
import java.util.Optional;

/**
 * Usage of a key or a team.
 *
 * @param running requests that run or wait now
 * @param day since midnight, UTC
 * @param month since the first day of the month, UTC
 * @param budgetResets when its budget begins anew; empty without one
 */
public record UsageReport(
        long running, UsageCount day, UsageCount month, Optional<Instant> budgetResets) {}
