package org.dlora.catalogue.source.fetch;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sources of adapters as everybody may see them. The user, the query and the fragment of an address
 * may be secret, as those of a pre-signed URL are: only the fetch itself has them. Logs, audit,
 * jobs, errors, events and versions have what this class leaves.
 */
public final class PublicSource {
    private static final String SCHEME = "[A-Za-z][A-Za-z0-9+.-]+:";

    /** A reference that is no path of this machine. */
    private static final Pattern REMOTE = Pattern.compile("(?s)" + SCHEME + ".*");

    private static final Pattern USER = Pattern.compile("^(" + SCHEME + "/*)[^/]*@");
    private static final Pattern HIDDEN = Pattern.compile("(?s)[?#].*");

    /** An address within words. Without slashes it is one of a scheme that has sources. */
    private static final Pattern IN_TEXT =
            Pattern.compile("(?:" + SCHEME + "//|\\b(?i:https?|s3|hf):)[^\\s'\"]*");

    /** End of an {@link #identity}. */
    private static final Pattern DIGEST = Pattern.compile("#[0-9a-f]{16}");

    private static final int DIGEST_BYTES = 8;

    private PublicSource() {}

    /** Returns a reference without its secrets; a path of this machine is as it was. */
    public static String of(String reference) {
        if (!REMOTE.matcher(reference).matches()) {
            return reference;
        }
        var open = HIDDEN.matcher(reference).replaceFirst("");
        // Of the hub the @ stands before a revision.
        return open.startsWith("hf:") ? open : USER.matcher(open).replaceFirst("$1");
    }

    /** Returns words whose addresses have no secrets. */
    public static String in(String text) {
        return IN_TEXT.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(of(found.group())));
    }

    /**
     * Returns the identity of a reference: without its secrets, but with a digest of them, so that
     * references that differ in these alone are different. The identity of an identity is itself.
     */
    public static String identity(String reference) {
        var open = of(reference);
        boolean isIdentity =
                reference.startsWith(open)
                        && DIGEST.matcher(reference.substring(open.length())).matches();
        return open.equals(reference) || isIdentity ? reference : open + "#" + digest(reference);
    }

    private static String digest(String reference) {
        try {
            var whole =
                    MessageDigest.getInstance("SHA-256")
                            .digest(reference.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(whole, 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Each JDK has SHA-256", e);
        }
    }
}
