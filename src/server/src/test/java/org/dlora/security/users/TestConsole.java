package org.dlora.security.users;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.dlora.security.web.ConsoleWebConfiguration.SessionSettings;
import org.dlora.security.web.IdentityProviders;
import org.dlora.security.web.RoleClaim;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** A console without users, which Spring Security asks for where a test has keys alone. */
@TestConfiguration(proxyBeanMethods = false)
public class TestConsole {
    private static final Duration LONG = Duration.ofHours(1);

    @Bean
    Clock sessionClock() {
        return Clock.systemUTC();
    }

    @Bean
    Passwords passwords() {
        return new Passwords();
    }

    @Bean
    UserService users(Passwords passwords, Clock clock) {
        return new UserService(new FakeUserStore(), passwords, clock);
    }

    @Bean
    SignIns signIns(UserService users, Passwords passwords, Clock clock) {
        return new SignIns(
                users,
                passwords,
                new SignInLink(users, clock),
                (_, _, _, _) -> {},
                clock,
                Runnable::run);
    }

    @Bean
    ConsoleSessions sessions(UserService users, Clock clock) {
        return new ConsoleSessions(users, LONG, clock);
    }

    @Bean
    SessionSettings sessionSettings() {
        return new SessionSettings(LONG);
    }

    @Bean
    IdentityProviders identityProviders(Environment environment, Clock clock) {
        return IdentityProviders.of(environment, new RoleClaim("roles", Map.of()), clock);
    }
}
