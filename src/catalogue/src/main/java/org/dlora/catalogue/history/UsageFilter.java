package org.dlora.catalogue.history;

import org.jspecify.annotations.Nullable;

/**
 * Filter of sums; a row has all values that are not null.
 *
 * @param adapter name, empty for the base model
 * @param apiKey id of the client's key, empty for none
 * @param team of the key, empty for none
 */
public record UsageFilter(
        @Nullable String adapter, @Nullable String apiKey, @Nullable String team) {
    /** All rows. */
    public static final UsageFilter ALL = new UsageFilter(null, null, null);
}
