package org.dlora.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The server's secret, with which keys are hashed by HMAC-SHA256. Keys are random, so a fast hash
 * is as safe as a slow one. Thread-safe.
 */
public final class KeySecret {
    /** Bytes of the secret. */
    static final int BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int PRINT = 16;

    private final SecretKeySpec key;
    private final String print;

    private KeySecret(byte[] secret) {
        key = new SecretKeySpec(secret, ALGORITHM);
        print = hash("dlora-secret-print").substring(0, PRINT);
    }

    /**
     * Returns the secret of these bytes.
     *
     * @throws IllegalArgumentException if they are not {@value #BYTES}
     */
    static KeySecret of(byte[] secret) {
        if (secret.length != BYTES) {
            throw new IllegalArgumentException(
                    "it has %d bytes; expected %d".formatted(secret.length, BYTES));
        }
        return new KeySecret(secret);
    }

    /** Returns a new secret, which ends with the process. */
    public static KeySecret random() {
        return new KeySecret(newBytes());
    }

    static byte[] newBytes() {
        var drawn = new byte[BYTES];
        new SecureRandom().nextBytes(drawn);
        return drawn;
    }

    /** Returns the hash of a key, 64 hexadecimal digits. */
    public String hash(String text) {
        return HexFormat.of().formatHex(mac(text));
    }

    /**
     * Returns whether a text has this hash, in a time that does not depend on where they differ.
     */
    boolean matches(String text, String hash) {
        return MessageDigest.isEqual(mac(text), HexFormat.of().parseHex(hash));
    }

    /** Returns digits that tell this secret from others, and nothing of it. */
    public String print() {
        return print;
    }

    private byte[] mac(String text) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has " + ALGORITHM, e);
        }
    }
}
