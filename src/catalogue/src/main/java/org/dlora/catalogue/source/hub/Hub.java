package org.dlora.catalogue.source.hub;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.dlora.catalogue.source.fetch.HttpFetch;
import org.dlora.catalogue.source.fetch.InternalAddresses;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.Transfer;

/**
 * The Hugging Face hub. Files come into its cache, each checked by the hash that the hub names.
 * Those that are there are not fetched again. Where the hub cannot be reached, the cache alone
 * serves. Thread-safe.
 */
public final class Hub {
    private static final System.Logger log = System.getLogger(Hub.class.getName());

    /** Downloads of a file whose content has not its hash. */
    private static final int ATTEMPTS = 2;

    private final HubSettings settings;
    private final HubClient client;

    public Hub(HubSettings settings, HttpFetch http, InternalAddresses internal) {
        this.settings = settings;
        client = new HubClient(http, settings, internal);
    }

    /**
     * Files to fetch from a repository.
     *
     * @param files by name, of those at the repository's root
     * @param required a file without which nothing is fetched
     * @param maxBytes of all files together
     */
    public record Wanted(Predicate<String> files, String required, long maxBytes) {}

    /**
     * Fetches files of a repository into the cache.
     *
     * @throws SourceException if they cannot be had, neither from the hub nor from the cache
     * @throws java.util.concurrent.CancellationException if {@code transfer} is cancelled or the
     *     thread interrupted
     */
    public HubSnapshot fetch(HubReference reference, Wanted wanted, Transfer transfer) {
        var cache = new HubCache(settings.cache(), reference.repository());
        if (settings.isOffline()) {
            return cached(reference, cache, wanted, "HF_HUB_OFFLINE is set");
        }
        HubClient.Revision revision;
        try {
            revision = client.revision(reference);
        } catch (SourceException e) {
            if (e.kind() != SourceException.Kind.UNAVAILABLE) {
                throw e;
            }
            var found = cached(reference, cache, wanted, String.valueOf(e.getMessage()));
            log.log(WARNING, "{0} is taken from the cache: {1}", reference, e.getMessage());
            return found;
        }
        try {
            return download(reference, revision, cache, wanted, transfer);
        } catch (IOException e) {
            transfer.goOn();
            throw SourceException.storage(
                    "%s cannot be kept in the cache %s".formatted(reference, settings.cache()), e);
        }
    }

    private HubSnapshot cached(
            HubReference reference, HubCache cache, Wanted wanted, String reason) {
        var commit =
                cache.commit(reference.revision())
                        .filter(known -> cache.has(known, wanted.required))
                        .orElseThrow(() ->
                                new SourceException(
                                        SourceException.Kind.UNAVAILABLE,
                                        "%s is not in the cache %s, and cannot be fetched: %s"
                                                .formatted(reference, settings.cache(), reason)));
        return new HubSnapshot(
                cache.snapshot(commit), reference.at(commit), cache.files(commit, wanted.files));
    }

    private HubSnapshot download(
            HubReference reference,
            HubClient.Revision revision,
            HubCache cache,
            Wanted wanted,
            Transfer transfer)
            throws IOException {
        var at = reference.at(revision.commit());
        var names = revision.files().stream().filter(wanted.files).distinct().sorted().toList();
        if (!names.contains(wanted.required)) {
            throw SourceException.refused(
                    "%s has no %s at its root, so it is not what is expected there"
                            .formatted(reference, wanted.required));
        }
        var missing = new ArrayList<HubFile>();
        for (var name : names) {
            transfer.goOn();
            if (!cache.has(at.revision(), name)) {
                missing.add(client.file(at, name));
            }
        }
        expect(reference, missing, wanted.maxBytes, transfer);
        for (var file : missing) {
            fetch(at, file, cache, wanted.maxBytes, transfer);
        }
        cache.remember(reference.revision(), at.revision());
        return new HubSnapshot(cache.snapshot(at.revision()), at, names);
    }

    private static void expect(
            HubReference reference, List<HubFile> files, long maxBytes, Transfer transfer) {
        long bytes = files.stream().mapToLong(file -> file.size().orElse(0)).sum();
        if (bytes > maxBytes) {
            throw new SourceException(
                    SourceException.Kind.TOO_LARGE,
                    "%s has %d bytes, but %d are allowed (dlora.adapters.uploads.max-size)"
                            .formatted(reference, bytes, maxBytes));
        }
        if (files.stream().allMatch(file -> file.size().isPresent())) {
            transfer.expect(bytes);
        }
    }

    private void fetch(
            HubReference at, HubFile file, HubCache cache, long maxBytes, Transfer transfer)
            throws IOException {
        try (var incomplete = cache.incomplete(file.hash(), transfer)) {
            if (!cache.hasContent(file.hash())) {
                download(at, file, incomplete.file(), maxBytes, transfer);
                cache.complete(incomplete, file.hash());
            }
        }
        cache.link(at.revision(), file.name(), file.hash());
    }

    private void download(HubReference at, HubFile file, Path to, long maxBytes, Transfer transfer)
            throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            client.download(at, file).atMost(maxBytes).to(to, transfer);
            if (BlobHash.fits(to, file.hash())) {
                return;
            }
            transfer.takeBack(Files.size(to));
            Files.delete(to);
        }
        throw new SourceException(
                SourceException.Kind.UNAVAILABLE,
                "%s of %s is damaged: %d times its content had not the hash %s that the hub names"
                        .formatted(file.name(), at, ATTEMPTS, file.hash()));
    }
}
