package org.dlora.store.history;

import jakarta.persistence.Embeddable;
import java.time.Instant;

/**
 * Key of the sums of an hour or a day. The empty text stands for none.
 *
 * @param begin of the hour or day
 */
@Embeddable
record UsageKey(String base, Instant begin, String adapter, String apiKey, String team) {}
