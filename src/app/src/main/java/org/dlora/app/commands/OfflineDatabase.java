package org.dlora.app.commands;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.dlora.app.settings.HomeLocation;
import org.dlora.engine.opening.UserHome;
import org.dlora.store.Database;
import org.dlora.store.DatabaseSettings;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.StandardEnvironment;

/**
 * The database that the settings name, opened by a command while no server uses its file.
 *
 * @param home folder of what lasts
 */
record OfflineDatabase(Database database, Path home, StandardEnvironment environment)
        implements AutoCloseable {
    /** Actor in the audit: whoever runs a command has the files, and no key. */
    static final String ACTOR = "command";

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /**
     * Opens the database.
     *
     * @param what is kept there, such as {@code Keys}, for the refusal
     * @param home folder of what lasts, null for that of the settings
     * @throws KeyDeskException if it cannot be opened
     */
    static OfflineDatabase open(String what, @Nullable String home) {
        var environment = new StandardEnvironment();
        ConfigDataEnvironmentPostProcessor.applyTo(environment);
        ConfigurationPropertySources.attach(environment);
        if (home == null && environment.getProperty("dlora.store", "auto").equals("memory")) {
            throw new KeyDeskException(
                    "%s with dlora.store: memory end with the server, and none answers. Start it, or name another home by --home."
                            .formatted(what));
        }
        var folder =
                HomeLocation.of(
                        home == null ? environment.getProperty("dlora.home") : home,
                        System::getenv,
                        UserHome.folder());
        var database = new Database(new DatabaseSettings(folder, false), environment);
        await(database, folder);
        return new OfflineDatabase(database, folder, environment);
    }

    private static void await(Database database, Path folder) {
        database.start();
        try {
            database.opened().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException | InterruptedException e) {
            database.close();
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new KeyDeskException("The database could not be opened: " + e.getMessage());
        }
        if (database.isInMemory()) {
            database.close();
            throw new KeyDeskException(
                    "The database in %s is in use by a server, or cannot be created. Give the address of the server by --url, or stop it."
                            .formatted(folder));
        }
    }

    @Override
    public void close() {
        database.close();
    }
}
