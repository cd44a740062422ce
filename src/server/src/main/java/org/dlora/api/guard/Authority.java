package org.dlora.api.guard;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * Host and port as they stand in a header {@code Host}, or in an origin.
 *
 * @param host a name in lower case, or the literal of an address, that of IPv6 in brackets
 * @param port -1 if none is given
 */
record Authority(String host, int port) {

    /** Returns the authority that {@code text} is, empty if it is none or more than one. */
    static Optional<Authority> parse(String text) {
        return parse("http", text);
    }

    /** Returns the authority of an origin with its port, empty if {@code origin} is none. */
    static Optional<Authority> ofOrigin(String origin) {
        int end = origin.indexOf("://");
        if (end < 0) {
            return Optional.empty();
        }
        var scheme = origin.substring(0, end).toLowerCase(Locale.ROOT);
        return parse(scheme, origin.substring(end + 3))
                .map(found -> found.withPort(defaultPort(scheme)));
    }

    private static Optional<Authority> parse(String scheme, String text) {
        try {
            var uri = new URI(scheme + "://" + text);
            boolean isAlone =
                    uri.getHost() != null
                            && uri.getRawUserInfo() == null
                            && uri.getRawPath().isEmpty()
                            && uri.getRawQuery() == null
                            && uri.getRawFragment() == null;
            return isAlone
                    ? Optional.of(
                            new Authority(uri.getHost().toLowerCase(Locale.ROOT), uri.getPort()))
                    : Optional.empty();
        } catch (URISyntaxException _) {
            return Optional.empty();
        }
    }

    /** Returns the port that an origin's scheme has by default; -1 if it has none. */
    static int portOf(String origin) {
        int end = Math.max(0, origin.indexOf("://"));
        return defaultPort(origin.substring(0, end).toLowerCase(Locale.ROOT));
    }

    static int defaultPort(String scheme) {
        return switch (scheme) {
            case "http" -> 80;
            case "https" -> 443;
            default -> -1;
        };
    }

    /** Returns the same with a port, {@code otherwise} if none is given. */
    Authority withPort(int otherwise) {
        return port < 0 ? new Authority(host, otherwise) : this;
    }

    /**
     * Returns whether it is this machine for every client: {@code localhost}, a name below (RFC
     * 6761), or a literal.
     */
    boolean isLoopback() {
        if (host.equals("localhost") || host.endsWith(".localhost")) {
            return true;
        }
        try {
            // A literal, which no name server can redirect. The brackets of IPv6 are allowed.
            return InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
