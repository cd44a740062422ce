package org.dlora.security;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The text of a key: {@code dlora_}, 12 hexadecimal digits that name it, {@code _}, and 48 that are
 * secret (192 bits).
 */
final class KeyFormat {
    private static final String PREFIX = "dlora_";
    private static final int ID_BYTES = 6;
    private static final int SECRET_BYTES = 24;
    private static final int ID_LENGTH = PREFIX.length() + 2 * ID_BYTES;
    private static final Pattern ID = Pattern.compile(PREFIX + "[0-9a-f]{12}");
    private static final int LENGTH = ID_LENGTH + 1 + 2 * SECRET_BYTES;

    private KeyFormat() {}

    static String newId(SecureRandom random) {
        return PREFIX + hex(random, ID_BYTES);
    }

    static String newKey(String id, SecureRandom random) {
        return id + "_" + hex(random, SECRET_BYTES);
    }

    /** Returns the id of a key's text; empty if it cannot be a key. */
    static Optional<String> id(String key) {
        return key.length() == LENGTH && key.charAt(ID_LENGTH) == '_'
                ? Optional.of(key.substring(0, ID_LENGTH))
                : Optional.empty();
    }

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    private static String hex(SecureRandom random, int bytes) {
        var drawn = new byte[bytes];
        random.nextBytes(drawn);
        return HexFormat.of().formatHex(drawn);
    }
}
