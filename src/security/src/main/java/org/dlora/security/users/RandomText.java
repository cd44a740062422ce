package org.dlora.security.users;

import java.security.SecureRandom;
import java.util.Base64;

/** Random texts that cannot be guessed, of characters that URLs, cookies and forms take. */
public final class RandomText {
    private static final int SHORT_BYTES = 12;
    private static final int SECRET_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private RandomText() {}

    /** Returns 16 characters, which are unique. */
    static String shortOne() {
        return next(SHORT_BYTES);
    }

    /** Returns 43 characters, which nobody can guess. */
    public static String secret() {
        return next(SECRET_BYTES);
    }

    private static String next(int count) {
        var bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
