package org.dlora.catalogue.history;

import java.time.Instant;

/**
 * Sums over the requests of one hour or one day.
 *
 * @param begin of the hour or day, in UTC
 */
public record TimedUsage(Instant begin, UsageSums sums) {}
