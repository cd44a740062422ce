package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.dlora.engine.opening.StartException;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * Settings of the keys that calls to the server need.
 *
 * @param adminKey a key with scope {@code admin}, or {@code file:} and the file that holds it;
 *     empty = none
 * @param secretFile the secret of the keys' hashes; empty = {@code keys.secret} in the home
 * @param refresh time between two looks for changes of keys by other servers
 * @param keepEnded time that keys are kept after they have ended; 0 = for ever
 */
public record SecurityProperties(
        @Nullable String adminKey,
        @Nullable String secretFile,
        @DefaultValue("5s") @DurationUnit(SECONDS) @DurationMin(millis = 100) Duration refresh,
        @DefaultValue("90d") @DurationUnit(SECONDS) @DurationMin Duration keepEnded) {
    private static final String FILE = "file:";
    private static final String USABLE = "[!-~]{24,512}";

    /**
     * Returns the key of the settings; empty if there is none.
     *
     * @throws StartException if it cannot be read, or is too short
     */
    public Optional<String> givenKey() {
        if (adminKey == null || adminKey.isBlank()) {
            return Optional.empty();
        }
        var key = adminKey.startsWith(FILE) ? read(adminKey.substring(FILE.length())) : adminKey;
        if (!key.strip().matches(USABLE)) {
            throw new StartException(
                    "dlora.security.admin-key must be 24 to 512 visible ASCII characters without blanks, or file: and a file that has them.");
        }
        return Optional.of(key.strip());
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new StartException(
                    "dlora.security.admin-key names the file %s, which cannot be read: %s."
                            .formatted(file, e));
        }
    }

    /** Returns the file of the secret. */
    public Path secret(Path home) {
        return secretFile == null || secretFile.isBlank()
                ? home.resolve("keys.secret")
                : Path.of(secretFile);
    }

    /** Keeps the key out of logs. */
    @Override
    public String toString() {
        return "SecurityProperties[]";
    }
}
