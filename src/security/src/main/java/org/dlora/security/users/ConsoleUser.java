package org.dlora.security.users;

import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A user of the console as it is kept.
 *
 * @param name unique, in lower case
 * @param hash Argon2id of the password, encoded with its parameters
 * @param disabled whether the user cannot sign in
 * @param stamp random; another one with each change that ends the user's sessions
 * @param lastSignIn null if there was none
 * @param failedTries wrong passwords since the last sign-in
 */
public record ConsoleUser(
        String name,
        Role role,
        String hash,
        boolean disabled,
        String stamp,
        Instant created,
        @Nullable Instant lastSignIn,
        int failedTries) {
    /** Name in the audit of one who signs in by the link of the start. */
    static final String LINK = "sign-in-link";

    /** Name in the audit of a name that no user has. */
    static final String UNKNOWN = "unknown";

    private static final Set<String> RESERVED = Set.of(LINK, UNKNOWN);
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._@-]{0,63}");

    /** Returns whether a text can be the name of a user. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** Returns whether the audit has a name for others than users. */
    static boolean isReserved(String name) {
        return RESERVED.contains(name);
    }

    /** Returns the name that a text stands for: people type blanks and capitals. */
    public static String name(String text) {
        return text.strip().toLowerCase(Locale.ROOT);
    }

    /** Returns the name that a text stands for; empty if no user can have it. */
    static String possibleName(String text) {
        var name = name(text);
        return isName(name) ? name : "";
    }

    ConsoleUser withRole(Role changed, String newStamp) {
        return new ConsoleUser(
                name, changed, hash, disabled, newStamp, created, lastSignIn, failedTries);
    }

    ConsoleUser withHash(String changed, String newStamp) {
        return new ConsoleUser(name, role, changed, disabled, newStamp, created, lastSignIn, 0);
    }

    ConsoleUser withDisabled(boolean changed, String newStamp) {
        return new ConsoleUser(
                name, role, hash, changed, newStamp, created, lastSignIn, failedTries);
    }

    /** Returns the user after a sign-in. */
    public ConsoleUser signedIn(Instant at) {
        return new ConsoleUser(name, role, hash, disabled, stamp, created, at, 0);
    }

    /** Returns the user after a wrong password. */
    public ConsoleUser failed() {
        return new ConsoleUser(
                name, role, hash, disabled, stamp, created, lastSignIn, failedTries + 1);
    }

    /** Returns the user's fields for the audit. */
    public Map<String, ?> state() {
        return Map.of("role", role.label(), "disabled", disabled);
    }

    /** The hash stays out of logs. */
    @Override
    public String toString() {
        return "ConsoleUser[" + name + "]";
    }
}
