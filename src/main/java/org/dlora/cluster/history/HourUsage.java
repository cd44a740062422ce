package org.dlora.cluster.history;

import java.time.Instant;

/**
 * Sums over the requests of one hour.
 *
 * @param hour its begin, in UTC
 */
public record HourUsage(Instant hour, UsageSums sums) {}
