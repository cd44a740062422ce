package org.dlora.app.wiring;

import java.time.Clock;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.settings.StoreKind;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.engine.opening.StartException;
import org.dlora.security.users.AccessAudit;
import org.dlora.security.users.ConsoleSessions;
import org.dlora.security.users.Passwords;
import org.dlora.security.users.SignInLink;
import org.dlora.security.users.SignIns;
import org.dlora.security.users.UserRefresh;
import org.dlora.security.users.UserService;
import org.dlora.security.web.ConsoleWebConfiguration.SessionSettings;
import org.dlora.security.web.IdentityProviders;
import org.dlora.store.Database;
import org.dlora.store.users.DatabaseUsers;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Users of the console, made from the settings. They are read once the database is open. */
@Configuration(proxyBeanMethods = false)
class UserConfiguration {
    private static final int STORE_THREADS = 3;
    private static final int STORE_QUEUE = 100;

    @Bean
    Passwords passwords() {
        return new Passwords();
    }

    @Bean
    UserService userService(Database database, Passwords passwords, Clock clock) {
        return new UserService(new DatabaseUsers(database), passwords, clock);
    }

    @Bean
    SignInLink signInLink(UserService users, Clock clock) {
        return new SignInLink(users, clock);
    }

    @Bean
    AccessAudit accessAudit(ClusterEvents events) {
        return (actor, action, subject, details) ->
                events.noted(actor, action, subject, null, details);
    }

    @Bean
    SignIns signIns(
            UserService users,
            Passwords passwords,
            SignInLink link,
            AccessAudit audit,
            Clock clock,
            Scheduler userStoreThreads) {
        return new SignIns(users, passwords, link, audit, clock, userStoreThreads::schedule);
    }

    /**
     * Returns the threads that wait for the database after sign-ins; what is too much is refused.
     */
    @Bean(destroyMethod = "dispose")
    Scheduler userStoreThreads() {
        return Schedulers.newBoundedElastic(STORE_THREADS, STORE_QUEUE, "users-store");
    }

    @Bean
    ConsoleSessions consoleSessions(UserService users, DloraProperties settings, Clock clock) {
        return new ConsoleSessions(users, settings.console().sessionLifetime(), clock);
    }

    @Bean
    SessionSettings sessionSettings(DloraProperties settings) {
        return new SessionSettings(settings.console().sessionTimeout());
    }

    @Bean
    IdentityProviders identityProviders(
            Environment environment, DloraProperties settings, Clock clock) {
        var claim = settings.console().oidc().claim();
        try {
            return IdentityProviders.of(environment, claim, clock);
        } catch (RuntimeException e) {
            throw new StartException(
                    "spring.security.oauth2.client: %s. An issuer-uri is asked at the start; with authorization-uri, token-uri, jwk-set-uri and user-info-uri of the provider the start does not need it."
                            .formatted(e.getMessage()));
        }
    }

    @Bean
    UserRefresh userRefresh(
            UserService users,
            SignInLink link,
            Database database,
            DloraProperties settings,
            Environment environment) {
        var refresh = new UserRefresh(users);
        var _ =
                database.opened()
                        .thenRun(() ->
                                refresh.read(() -> {
                                    // Users of a file that another server uses are not known here.
                                    if (settings.store() == StoreKind.MEMORY
                                            || !database.isInMemory()) {
                                        FirstSignIn.announce(users, link, environment);
                                    }
                                }));
        if (!environment.getProperty("spring.datasource.url", "").isBlank()) {
            refresh.every(settings.security().refresh());
        }
        return refresh;
    }
}
