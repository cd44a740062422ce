package org.dlora.replica.request;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Owner of cached prefixes beside the weights: requests of different owners never share keys and
 * values, so none finds out by its times or its count of cached tokens how prompts of another
 * begin.
 *
 * @param id empty for the owner that all requests share which have no owner of their own
 */
public record PrefixOwner(String id) {
    /** The owner of all requests that have no other one. */
    public static final PrefixOwner SHARED = new PrefixOwner("");

    /** Returns the owner of a team's requests. */
    public static PrefixOwner ofTeam(String name) {
        return new PrefixOwner("team:" + name);
    }

    /** Returns the owner of the requests of a key without a team. */
    public static PrefixOwner ofKey(String id) {
        return new PrefixOwner("key:" + id);
    }

    /** Returns the owner of those requests of this one that have {@code salt}. */
    public PrefixOwner salted(String salt) {
        // As long salts would stay in memory with each cached block.
        return new PrefixOwner("salt:" + sha256(salt) + ":" + id);
    }

    private static String sha256(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i < text.length(); i++) {
                digest.update((byte) (text.charAt(i) >> 8));
                digest.update((byte) text.charAt(i));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java runtime has SHA-256", e);
        }
    }
}
