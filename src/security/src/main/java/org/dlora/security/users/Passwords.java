package org.dlora.security.users;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.dlora.security.AccessChangeException;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;

/**
 * Hashing of passwords by Argon2id, with OWASP's parameters of 2024: 19 MiB, two passes, one lane.
 * It runs on two threads of its own with a bounded queue, so that guesses take neither all
 * processors nor all memory, and no event loop waits. Thread-safe.
 */
public final class Passwords implements AutoCloseable {
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int LANES = 1;
    private static final int MEMORY_KIB = 19 * 1024;
    private static final int PASSES = 2;
    static final int THREADS = 2;
    private static final int QUEUE = 64 * THREADS;
    private static final int SHORTEST = 12;
    private static final int LONGEST = 200;

    /** Matches no password, and takes as long to check as any other. */
    private static final String NOBODYS =
            "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
                    .formatted(MEMORY_KIB, PASSES, LANES, "A".repeat(22), "A".repeat(43));

    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(
                    THREADS,
                    THREADS,
                    1,
                    TimeUnit.MINUTES,
                    new ArrayBlockingQueue<>(QUEUE),
                    Thread.ofPlatform().name("passwords-", 1).factory());

    public Passwords() {
        threads.allowCoreThreadTimeOut(true);
    }

    /** Holder of the encoder, whose classes are loaded with the first password. */
    private static final class Argon2 {
        static final PasswordEncoder ENCODER =
                new Argon2PasswordEncoder(SALT_BYTES, HASH_BYTES, LANES, MEMORY_KIB, PASSES);

        private Argon2() {}
    }

    /**
     * Checks a new password.
     *
     * @throws AccessChangeException if it is too short or too long, or is the name
     */
    static void check(String name, String password) {
        int length = password.codePointCount(0, password.length());
        if (length < SHORTEST || length > LONGEST) {
            throw AccessChangeException.invalid(
                    "password",
                    "The password must have %d to %d characters, but has %d."
                            .formatted(SHORTEST, LONGEST, length));
        }
        if (ConsoleUser.name(password).equals(name)) {
            throw AccessChangeException.invalid("password", "The password must not be the name.");
        }
    }

    /** Returns the hash of a password. Takes some 50 ms; no event loop calls it. */
    String hash(String password) {
        return String.valueOf(Argon2.ENCODER.encode(normal(password)));
    }

    /**
     * Returns whether a password is that of a hash, which is null where there is no user. Takes as
     * long as {@link #hash}.
     */
    boolean matches(String password, @Nullable String hash) {
        // One that is too long for a password is as wrong as any other.
        var given = password.length() > 2 * LONGEST ? "" : password;
        return Argon2.ENCODER.matches(normal(given), hash == null ? NOBODYS : hash);
    }

    /**
     * Returns the hash of a new password of a user.
     *
     * @throws AccessChangeException if the password is none for the user
     */
    String checkedHash(String name, String password) {
        check(name, password);
        return hash(password);
    }

    /**
     * Runs work that hashes, on the threads for it.
     *
     * @return fails with {@link SignInRefusedException} if too many wait
     */
    <T> CompletableFuture<T> run(Callable<T> work) {
        return AsyncCall.on(threads, work);
    }

    /**
     * Returns the password with one form of each character that keyboards compose in several ways.
     */
    private static String normal(String password) {
        return Normalizer.normalize(password, Form.NFKC);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
