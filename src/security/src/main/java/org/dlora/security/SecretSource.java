package org.dlora.security;

import java.util.Optional;

/** Place of the server's secret. */
public interface SecretSource {

    /**
     * Returns the secret; empty if there is none yet.
     *
     * @throws AccessUnavailableException if it cannot be read
     */
    Optional<KeySecret> find();

    /**
     * Returns the secret, and makes one if there is none.
     *
     * @throws AccessUnavailableException if it can be neither read nor written
     */
    KeySecret obtain();

    /** Returns a secret that ends with the process. */
    static SecretSource inMemory() {
        var secret = KeySecret.random();
        return new SecretSource() {
            @Override
            public Optional<KeySecret> find() {
                return Optional.of(secret);
            }

            @Override
            public KeySecret obtain() {
                return secret;
            }
        };
    }
}
