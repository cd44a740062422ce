package org.dlora.app.wiring;

import java.time.Clock;
import java.time.Duration;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.settings.StoreKind;
import org.dlora.operate.access.KeyCommands;
import org.dlora.security.KeyRefresh;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.KeyStore;
import org.dlora.security.RingSettings;
import org.dlora.security.SecretFile;
import org.dlora.security.SecretSource;
import org.dlora.store.Database;
import org.dlora.store.keys.DatabaseKeys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** Keys and teams, made from the settings. They are read once the database is open. */
@Configuration(proxyBeanMethods = false)
class KeyConfiguration {
    private static final Logger log = LoggerFactory.getLogger(KeyConfiguration.class);

    /** Time between two looks for keys that ended long ago. */
    private static final Duration PURGE = Duration.ofMinutes(10);

    private static final String LOST =
            "The keys of this home cannot be read, because another server uses its database. Give this server a dlora.home of its own, or dlora.security.admin-key";

    @Bean
    SecretSource keySecret(DloraProperties settings) {
        return settings.store() == StoreKind.MEMORY ? SecretSource.inMemory() : file(settings);
    }

    private static SecretFile file(DloraProperties settings) {
        return new SecretFile(settings.security().secret(settings.homeFolder()));
    }

    /** Returns the keys in memory. Where a secret is, keys may be: nobody gets in before these. */
    @Bean
    KeyRing keyRing(DloraProperties settings, Environment environment, Clock clock) {
        boolean mayExist = settings.store() != StoreKind.MEMORY && file(settings).exists();
        return new KeyRing(
                new RingSettings(
                        settings.security().givenKey(),
                        !settings.allowOpenNetwork() && NetworkGuard.isOpen(environment),
                        mayExist),
                clock);
    }

    @Bean
    KeyStore keyStore(Database database) {
        return new DatabaseKeys(database);
    }

    @Bean
    KeyPresence keyPresence(
            DloraProperties settings, Database database, KeyStore store, Clock clock) {
        return KeyPresence.of(settings.security().givenKey().isPresent(), database, store, clock);
    }

    @Bean
    KeyService keyService(KeyRing ring, KeyStore store, SecretSource secrets, Clock clock) {
        return new KeyService(ring, store, secrets, clock);
    }

    @Bean
    KeyRefresh keyRefresh(
            KeyService keys,
            KeyCommands commands,
            Database database,
            DloraProperties settings,
            Environment environment,
            Clock clock) {
        var refresh = new KeyRefresh(keys);
        // Of a file that another server uses, the keys are not known.
        boolean isLost = settings.store() != StoreKind.MEMORY && file(settings).exists();
        var _ =
                database.opened()
                        .thenRun(() -> {
                            if (isLost && database.isInMemory()) {
                                log.warn("{}. Until then every call is refused.", LOST);
                                keys.unknown(LOST);
                            } else {
                                refresh.read();
                            }
                        });
        refresh.start(settings.security().refresh(), isShared(environment));
        var keep = settings.security().keepEnded();
        if (keep.isPositive()) {
            refresh.every(PURGE, () -> commands.forgetEnded(clock.instant().minus(keep)));
        }
        return refresh;
    }

    private static boolean isShared(Environment environment) {
        return !environment.getProperty("spring.datasource.url", "").isBlank();
    }
}
