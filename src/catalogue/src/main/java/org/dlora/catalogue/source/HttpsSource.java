package org.dlora.catalogue.source;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.dlora.catalogue.source.fetch.HttpFetch;
import org.dlora.catalogue.source.fetch.Quotes;
import org.dlora.catalogue.source.fetch.Redirects;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.unpack.AdapterDraft;
import org.dlora.catalogue.source.unpack.Archive;

/** Archives of adapters on web servers that the settings list, redirects included. */
final class HttpsSource implements RemoteSource {
    private final HttpFetch http;
    private final SourceSettings settings;

    HttpsSource(HttpFetch http, SourceSettings settings) {
        this.http = http;
        this.settings = settings;
    }

    @Override
    public String scheme() {
        return "https:";
    }

    @Override
    public void check(String reference) {
        var uri = uri(reference);
        checkHost(uri.getHost());
        if (!Archive.isOne(String.valueOf(uri.getPath()))) {
            throw SourceException.refused(
                    "%s names no archive; expected a URL whose path ends in .zip, .tar.gz, .tgz or .tar. Folders of web servers cannot be listed"
                            .formatted(Quotes.of(reference)));
        }
    }

    private static URI uri(String reference) {
        try {
            var uri = URI.create(reference);
            if (uri.getHost() != null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (IllegalArgumentException _) {
            // As if it had no host.
        }
        throw SourceException.refused(
                "%s is no URL with a host and without a user; expected https://HOST/PATH.tar.gz"
                        .formatted(Quotes.of(reference)));
    }

    private void checkHost(String host) {
        if (settings.httpsHosts().stream().noneMatch(host::equalsIgnoreCase)) {
            throw new SourceException(
                    SourceException.Kind.FORBIDDEN,
                    "This server takes no adapters from %s; its setting dlora.adapters.sources.https-hosts lists the hosts that it may call"
                            .formatted(Quotes.of(host.toLowerCase(Locale.ROOT))));
        }
    }

    @Override
    public Fetched fetch(String reference, Path staging, Transfer transfer) throws IOException {
        var archive = staging.resolve("archive");
        var request =
                new HttpFetch.Request(
                        uri(reference),
                        Optional.empty(),
                        Redirects.toListedHosts(this::checkHost),
                        Quotes.of(reference));
        http.download(request).atMost(settings.limits().maxBytes()).to(archive, transfer);
        var files = Files.createDirectory(staging.resolve("files"));
        var draft = new AdapterDraft(files, settings.limits(), transfer);
        Archive.unpack(archive, draft, settings.limits());
        return new Fetched(draft.adapter(), reference);
    }
}
