package org.dlora.store.history;

import jakarta.persistence.Embeddable;
import java.time.Instant;

/**
 * Key of the sums of an hour. The empty text stands for none.
 *
 * @param hourAt begin of the hour
 */
@Embeddable
record UsageKey(String base, Instant hourAt, String adapter, String apiKey, String team) {}
