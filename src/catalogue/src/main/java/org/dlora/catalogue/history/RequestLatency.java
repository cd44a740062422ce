package org.dlora.catalogue.history;

import java.time.Instant;

/** Times of an answered request. */
public record RequestLatency(Instant arrived, Instant firstToken, Instant done, int outputTokens) {}
