package org.dlora.catalogue.versions;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of texts. */
public final class ContentDigest {
    private ContentDigest() {}

    /** Returns a digest that has nothing yet. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Returns 64 characters of lower-case hex. */
    static String of(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(UTF_8)));
    }
}
