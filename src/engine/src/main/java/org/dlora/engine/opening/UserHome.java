package org.dlora.engine.opening;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Home of the user, below which caches and data lie. The variable {@code HOME} comes first, as for
 * other programs: Java's {@code user.home} is that of the account, which in a container may be
 * none.
 */
public final class UserHome {
    private UserHome() {}

    /** Returns the folder. */
    public static String folder() {
        return folder(System::getenv, System.getProperty("user.home"));
    }

    /**
     * Returns the folder.
     *
     * @param environment values of environment variables
     * @param account home of the account
     */
    public static String folder(UnaryOperator<@Nullable String> environment, String account) {
        return Optional.ofNullable(environment.apply("HOME"))
                .filter(home -> !home.isEmpty() && Path.of(home).isAbsolute())
                .orElse(account);
    }
}
