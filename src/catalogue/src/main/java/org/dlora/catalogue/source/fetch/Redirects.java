package org.dlora.catalogue.source.fetch;

import java.net.URI;
import java.util.Locale;
import java.util.function.Consumer;

/** Rules for the redirects of a source. */
public interface Redirects {
    /**
     * Checks a redirect.
     *
     * @throws SourceException if it is not followed
     */
    void check(URI from, URI to);

    /**
     * Returns the rules of a source that may redirect to any host: not from https to http, and to
     * an internal address only if the source is at one itself.
     *
     * @param source address of the source that the settings name
     */
    static Redirects toPublicHosts(URI source, InternalAddresses internal) {
        return (from, to) -> {
            checkScheme(from, to);
            if (internal.contain(host(to)) && !internal.contain(host(source))) {
                throw SourceException.refused(
                        "%s redirects to %s, an internal address, which is not followed"
                                .formatted(host(from), host(to)));
            }
        };
    }

    /**
     * Returns the rules of a source that may redirect to listed hosts only.
     *
     * @param check throws if its argument, a host, is not listed
     */
    static Redirects toListedHosts(Consumer<String> check) {
        return (from, to) -> {
            checkScheme(from, to);
            check.accept(host(to));
        };
    }

    private static void checkScheme(URI from, URI to) {
        var scheme = String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT);
        boolean isAllowed =
                scheme.equals("https")
                        || (scheme.equals("http") && "http".equalsIgnoreCase(from.getScheme()));
        if (!isAllowed || to.getHost() == null || to.getRawUserInfo() != null) {
            throw SourceException.refused(
                    "%s redirects to %s, which is not followed: expected an https: URL with a host and without a user"
                            .formatted(host(from), Quotes.of(to)));
        }
    }

    private static String host(URI uri) {
        return String.valueOf(uri.getHost());
    }
}
