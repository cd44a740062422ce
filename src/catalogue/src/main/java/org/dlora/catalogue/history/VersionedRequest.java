package org.dlora.catalogue.history;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The version that a request of an adapter got.
 *
 * @param at when its row was made
 * @param number of the version; null if that is not known
 */
public record VersionedRequest(Instant at, @Nullable Integer number) {}
