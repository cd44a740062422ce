package org.dlora.security.users;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.dlora.security.AccessChangeException;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.util.function.SingletonSupplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

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
    private static final int QUEUE = 64;
    private static final int SHORTEST = 12;
    private static final int LONGEST = 200;

    /** Matches no password, and takes as long to check as any other. */
    private static final String NOBODYS =
            "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
                    .formatted(MEMORY_KIB, PASSES, LANES, "A".repeat(22), "A".repeat(43));

    // The classes of Argon2id are loaded with the first password, not at the start.
    private final Supplier<PasswordEncoder> encoder =
            SingletonSupplier.of(() ->
                    new Argon2PasswordEncoder(SALT_BYTES, HASH_BYTES, LANES, MEMORY_KIB, PASSES));
    private final Supplier<Scheduler> threads =
            SingletonSupplier.of(() -> Schedulers.newBoundedElastic(THREADS, QUEUE, "passwords"));

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
        return String.valueOf(encoder.get().encode(normal(password)));
    }

    /** Returns whether a password is that of a hash, which is null where there is no user. */
    Mono<Boolean> matches(String password, @Nullable String hash) {
        var against = hash == null ? NOBODYS : hash;
        // One that is too long for a password is as wrong as any other.
        var given = password.length() > 2 * LONGEST ? "" : password;
        return run(() -> encoder.get().matches(normal(given), against));
    }

    /**
     * Returns the hash of a new password of a user.
     *
     * @return ends in {@link AccessChangeException} if it is none for the user, in {@link
     *     SignInRefusedException} if too many wait
     */
    Mono<String> hashed(String name, String password) {
        return run(() -> {
            check(name, password);
            return hash(password);
        });
    }

    /**
     * Runs work that hashes, and waits for nothing, on the threads for it.
     *
     * @return ends in {@link SignInRefusedException} if too many wait
     */
    <T> Mono<T> run(Callable<T> work) {
        return Mono.fromCallable(work)
                .subscribeOn(threads.get())
                .onErrorMap(RejectedExecutionException.class, _ -> SignInRefusedException.busy());
    }

    /**
     * Returns the password with one form of each character that keyboards compose in several ways.
     */
    private static String normal(String password) {
        return Normalizer.normalize(password, Form.NFKC);
    }

    @Override
    public void close() {
        threads.get().dispose();
    }
}
