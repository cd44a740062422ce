package org.dlora.app.wiring;

import org.dlora.security.users.SignInLink;
import org.dlora.security.users.UserService;
import org.dlora.security.web.ConsolePaths;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.Environment;

/** The log line that has the link by which the first administrator signs in. */
final class FirstSignIn {
    private static final Logger log = LoggerFactory.getLogger(FirstSignIn.class);

    private FirstSignIn() {}

    /** Logs a link if there is no user. */
    static void announce(UserService users, SignInLink link, Environment environment) {
        if (users.isEmpty()) {
            log.info(
                    "The console has no user yet. To make the first one, open within {} min: {}{}?token={}",
                    SignInLink.LIFETIME.toMinutes(),
                    ServerUrl.of(environment),
                    ConsolePaths.LINK,
                    link.issue());
        }
    }
}
