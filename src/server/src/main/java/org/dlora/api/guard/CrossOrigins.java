package org.dlora.api.guard;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;

/**
 * Origins whose pages may call the endpoints of inference from a browser.
 *
 * @param allowed such as {@code https://chat.example.com}; {@code *} is every origin
 */
public record CrossOrigins(List<String> allowed) {
    private static final String ANY = "*";

    public CrossOrigins {
        allowed = allowed.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).toList();
    }

    /** Returns whether {@code text} is an origin as browsers send it, or {@code *}. */
    public static boolean isOrigin(String text) {
        try {
            var uri = new URI(text);
            return text.equals(ANY)
                    || (uri.getScheme() != null
                            && uri.getHost() != null
                            && uri.getRawUserInfo() == null
                            && text.equals(uri.getScheme() + "://" + uri.getRawAuthority()));
        } catch (URISyntaxException _) {
            return text.equals(ANY);
        }
    }

    boolean allows(String origin) {
        return allowed.contains(ANY) || allowed.contains(origin.toLowerCase(Locale.ROOT));
    }
}
