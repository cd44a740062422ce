package org.dlora.catalogue.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.hub.Hub;
import org.dlora.catalogue.source.hub.HubReference;
import org.dlora.catalogue.source.unpack.AdapterFiles;

/** Adapters on the hub. They are copied out of the hub's cache, which others may empty. */
final class HubSource implements RemoteSource {
    private final Hub hub;
    private final SourceSettings settings;

    HubSource(Hub hub, SourceSettings settings) {
        this.hub = hub;
        this.settings = settings;
    }

    @Override
    public String scheme() {
        return HubReference.PREFIX;
    }

    @Override
    public void check(String reference) {
        if (!settings.hub()) {
            throw new SourceException(
                    SourceException.Kind.FORBIDDEN,
                    "This server takes no adapters from the hub; its setting dlora.adapters.sources.hub allows it");
        }
        var _ = HubReference.parse(reference);
    }

    @Override
    public Fetched fetch(String reference, Path staging, Transfer transfer) throws IOException {
        var wanted =
                new Hub.Wanted(
                        AdapterFiles::isKept, AdapterFiles.CONFIG, settings.limits().maxBytes());
        var snapshot = hub.fetch(HubReference.parse(reference), wanted, transfer);
        if (snapshot.files().stream().noneMatch(AdapterFiles::isWeights)) {
            throw SourceException.refused(
                    "%s has no *.safetensors at its root; weights in .bin files are pickles, which are never read"
                            .formatted(snapshot.at()));
        }
        for (var name : snapshot.files()) {
            transfer.goOn();
            // A link in the cache leads to the content.
            Files.copy(snapshot.folder().resolve(name).toRealPath(), staging.resolve(name));
        }
        return new Fetched(staging, snapshot.at().toString());
    }
}
