package org.dlora.app.wiring;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.KeyStore;
import org.dlora.store.Database;

/** Look for a key at the start, for a server that must not begin without one. */
@FunctionalInterface
interface KeyPresence {
    /** Longest wait for the database. */
    Duration PATIENCE = Duration.ofSeconds(30);

    /** Returns why there is no key; empty if there is one. May wait for the database. */
    Optional<String> problem();

    /** Returns a look into the settings, then into the database. */
    static KeyPresence of(boolean isGiven, Database database, KeyStore store, InstantSource clock) {
        return () -> isGiven ? Optional.empty() : problem(database, store, clock);
    }

    private static Optional<String> problem(
            Database database, KeyStore store, InstantSource clock) {
        database.start();
        try {
            database.opened().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            var now = clock.instant();
            return store.read().keys().stream().anyMatch(key -> key.isLive(now))
                    ? Optional.empty()
                    : Optional.of("there is no API key");
        } catch (TimeoutException | ExecutionException | AccessUnavailableException _) {
            return Optional.of(
                    "the database could not be read within %d s, so that no API key is known"
                            .formatted(PATIENCE.toSeconds()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.of("the look for an API key was interrupted");
        }
    }
}
