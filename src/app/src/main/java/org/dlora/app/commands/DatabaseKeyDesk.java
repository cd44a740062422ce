package org.dlora.app.commands;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.dlora.app.settings.SecurityProperties;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.access.KeyCommands;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.ApiKey;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.RingSettings;
import org.dlora.security.Scope;
import org.dlora.security.SecretFile;
import org.dlora.store.keys.DatabaseKeys;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;

/** Keys in the database that the settings name, while no server uses its file. */
final class DatabaseKeyDesk implements KeyDesk {
    private final Clock clock = Clock.systemUTC();
    private final OfflineDatabase database;
    private final KeyService keys;
    private final KeyCommands commands;

    /**
     * @param home folder of what lasts, null for that of the settings
     */
    DatabaseKeyDesk(@Nullable String home) {
        database = OfflineDatabase.open("Keys", home);
        keys =
                new KeyService(
                        new KeyRing(new RingSettings(Optional.empty(), false, false), clock),
                        new DatabaseKeys(database.database()),
                        new SecretFile(
                                secret(
                                        database.environment()
                                                .getProperty("dlora.security.secret-file"),
                                        database.home())),
                        clock);
        commands = new KeyCommands(keys, new ClusterEvents(clock));
        attempt(() -> {
            keys.refresh();
            return keys;
        });
    }

    private static Path secret(@Nullable String file, Path home) {
        return new SecurityProperties(null, file, Duration.ofSeconds(5), Duration.ZERO)
                .secret(home);
    }

    @Override
    public Shown create(Wanted wanted) {
        var issued =
                attempt(() ->
                        commands.issue(
                                new KeySettings(
                                        wanted.name(),
                                        wanted.team().orElse(null),
                                        wanted.scopes().stream()
                                                .map(Scope::require)
                                                .collect(Collectors.toSet()),
                                        new AdapterPatterns(wanted.adapters()),
                                        wanted.expiresIn().map(this::end).orElse(null),
                                        wanted.limits()),
                                OfflineDatabase.ACTOR));
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
        return shown(attempt(() -> commands.revoke(id, OfflineDatabase.ACTOR)), null);
    }

    @Override
    public Shown rotate(String id, Duration overlap) {
        var issued = attempt(() -> commands.rotate(id, overlap, null, OfflineDatabase.ACTOR));
        return shown(issued.key(), issued.secret());
    }

    private static <T> T attempt(Supplier<T> work) {
        try {
            return work.get();
        } catch (AccessChangeException | AccessUnavailableException e) {
            throw new KeyDeskException(String.valueOf(e.getMessage()));
        }
    }

    private Shown shown(ApiKey key, @Nullable String secret) {
        var settings = key.settings();
        var team = settings.team();
        var expires = settings.expires();
        var lastUsed = key.lastUsed();
        return new Shown(
                key.id(),
                secret,
                settings.name(),
                team == null ? "" : team,
                settings.scopes().stream().map(Scope::label).toList(),
                settings.adapters().patterns(),
                key.state(clock.instant()),
                key.created().toString(),
                lastUsed == null ? "" : lastUsed.toString(),
                expires == null ? "" : expires.toString(),
                LimitOptions.words(settings.limits()));
    }

    @Override
    public void close() {
        database.close();
    }
}
