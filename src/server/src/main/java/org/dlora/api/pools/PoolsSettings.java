package org.dlora.api.pools;

import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Bounds of all pools.
 *
 * @param bodies reading of bodies of completions: JSON, chat templates, tokens
 * @param compilation compilation of constraints
 * @param catalogue changes of adapters and other administration, gates among them
 * @param store reading of the history
 */
public record PoolsSettings(
        PoolSettings bodies, PoolSettings compilation, PoolSettings catalogue, PoolSettings store) {
    /** Bounds for two cores, as application.yml has them. */
    public static final PoolsSettings USUAL =
            new PoolsSettings(
                    new PoolSettings(4, 256),
                    new PoolSettings(2, 64),
                    new PoolSettings(8, 256),
                    new PoolSettings(2, 64));

    /** Returns the problem of a setting, whose name comes first; empty if there is none. */
    public Optional<String> problem() {
        return Stream.of(
                        problem("bodies", bodies),
                        problem("compilation", compilation),
                        problem("catalogue", catalogue),
                        problem("store", store))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> problem(String name, @Nullable PoolSettings pool) {
        return pool == null || pool.threads() < 1 || pool.queue() < 0
                ? Optional.of(
                        "%s is %s: expected 'threads' of at least 1 and 'queue' of at least 0."
                                .formatted(name, pool))
                : Optional.empty();
    }
}
