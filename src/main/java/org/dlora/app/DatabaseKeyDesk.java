package org.dlora.app;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.ApiKey;
import org.dlora.security.KeyChangeException;
import org.dlora.security.KeyOrder;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.KeysUnavailableException;
import org.dlora.security.RingSettings;
import org.dlora.security.Scope;
import org.dlora.security.SecretFile;
import org.dlora.store.Database;
import org.dlora.store.DatabaseSettings;
import org.dlora.store.keys.DatabaseKeys;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.StandardEnvironment;

/** Keys in the database that the settings name, while no server uses its file. */
final class DatabaseKeyDesk implements KeyDesk {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Clock clock = Clock.systemUTC();
    private final Database database;
    private final KeyService keys;

    /**
     * @param home folder of what lasts, null for that of the settings
     */
    DatabaseKeyDesk(@Nullable String home) {
        var environment = new StandardEnvironment();
        ConfigDataEnvironmentPostProcessor.applyTo(environment);
        ConfigurationPropertySources.attach(environment);
        if (home == null && environment.getProperty("dlora.store", "auto").equals("memory")) {
            throw new KeyDeskException(
                    "Keys with dlora.store: memory end with the server, and none answers. Start it, or name another home by --home.");
        }
        var folder =
                HomeLocation.of(
                        home == null ? environment.getProperty("dlora.home") : home,
                        System::getenv,
                        System.getProperty("user.home"));
        database = new Database(new DatabaseSettings(folder, false), environment);
        keys =
                new KeyService(
                        new KeyRing(new RingSettings(Optional.empty(), false, false), clock),
                        new DatabaseKeys(database),
                        new SecretFile(
                                secret(
                                        environment.getProperty("dlora.security.secret-file"),
                                        folder)),
                        clock);
        open(folder);
    }

    private static Path secret(@Nullable String file, Path home) {
        return new SecurityProperties(null, file, Duration.ofSeconds(5)).secret(home);
    }

    private void open(Path folder) {
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
                    "The database in %s is in use by a server, or cannot be created. Give the address of the server by --url."
                            .formatted(folder));
        }
        attempt(() -> {
            keys.refresh();
            return keys;
        });
    }

    @Override
    public Shown create(Wanted wanted) {
        var scopes =
                wanted.scopes().stream()
                        .map(label ->
                                Scope.of(label)
                                        .orElseThrow(() ->
                                                new KeyDeskException(
                                                        "'%s' is no scope; expected inference, adapters, admin or metrics."
                                                                .formatted(label))))
                        .collect(Collectors.toSet());
        var order =
                new KeyOrder(
                        wanted.name(),
                        wanted.team().orElse(null),
                        scopes,
                        new AdapterPatterns(wanted.adapters()),
                        wanted.expiresIn().map(this::end).orElse(null),
                        wanted.quota());
        var issued = attempt(() -> keys.issue(order));
        return shown(issued.key(), issued.secret());
    }

    private Instant end(String duration) {
        try {
            return clock.instant().plus(DurationStyle.detectAndParse(duration));
        } catch (IllegalArgumentException _) {
            throw new KeyDeskException(
                    "'%s' is no duration; expected one such as 30d or 12h.".formatted(duration));
        }
    }

    @Override
    public List<Shown> list() {
        return keys.keys().stream().map(key -> shown(key, null)).toList();
    }

    @Override
    public Shown revoke(String id) {
        return shown(attempt(() -> keys.revoke(id)), null);
    }

    @Override
    public Shown rotate(String id, Duration overlap) {
        var issued = attempt(() -> keys.rotate(id, overlap, null));
        return shown(issued.key(), issued.secret());
    }

    private static <T> T attempt(Supplier<T> work) {
        try {
            return work.get();
        } catch (KeyChangeException | KeysUnavailableException e) {
            throw new KeyDeskException(String.valueOf(e.getMessage()));
        }
    }

    private Shown shown(ApiKey key, @Nullable String secret) {
        var team = key.team();
        var expires = key.expires();
        return new Shown(
                key.id(),
                secret,
                key.name(),
                team == null ? "" : team,
                key.scopes().stream().sorted().map(Scope::label).toList(),
                key.adapters().patterns(),
                key.revoked() != null
                        ? "revoked"
                        : key.isLive(clock.instant()) ? "active" : "expired",
                expires == null ? "" : expires.toString(),
                LimitOptions.words(key.quota()));
    }

    @Override
    public void close() {
        database.close();
    }
}
