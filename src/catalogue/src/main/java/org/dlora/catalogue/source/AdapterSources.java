package org.dlora.catalogue.source;

import java.util.List;
import java.util.Optional;
import org.dlora.catalogue.source.fetch.HttpFetch;
import org.dlora.catalogue.source.fetch.InternalAddresses;
import org.dlora.catalogue.source.fetch.Quotes;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.hub.Hub;
import org.dlora.catalogue.source.hub.HubSettings;

/** The sources that adapters are fetched from. A reference begins with its source's scheme. */
public final class AdapterSources implements AutoCloseable {
    private final SourceSettings settings;
    private final HttpFetch http;
    private final List<RemoteSource> sources;

    /**
     * @param http closed with this
     */
    AdapterSources(SourceSettings settings, HttpFetch http, List<RemoteSource> sources) {
        this.settings = settings;
        this.http = http;
        this.sources = List.copyOf(sources);
    }

    /** Returns the sources of a server. */
    public static AdapterSources of(SourceSettings settings, HubSettings hub) {
        var http = HttpFetch.ofSystem();
        return new AdapterSources(
                settings,
                http,
                List.of(
                        new HubSource(new Hub(hub, http, InternalAddresses.ofSystem()), settings),
                        new HttpsSource(http, settings),
                        new S3Source(S3Objects::ofEnvironment, settings)));
    }

    SourceSettings settings() {
        return settings;
    }

    /**
     * Returns the source of a reference; empty if it is a path of this machine.
     *
     * @throws SourceException if the reference is malformed, of no known source, or not allowed
     */
    Optional<RemoteSource> find(String reference) {
        var found =
                sources.stream()
                        .filter(source -> reference.startsWith(source.scheme()))
                        .findFirst();
        if (found.isEmpty() && reference.matches("(?s)[A-Za-z][A-Za-z0-9+.-]+:.*")) {
            throw SourceException.refused(
                    "%s is of no known source; expected hf:org/name[@revision], https://…, s3://… or the path of a folder"
                            .formatted(Quotes.of(reference)));
        }
        found.ifPresent(source -> source.check(reference));
        return found;
    }

    @Override
    public void close() {
        sources.forEach(RemoteSource::close);
        http.close();
    }
}
