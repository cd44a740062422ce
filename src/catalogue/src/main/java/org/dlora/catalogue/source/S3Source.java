package org.dlora.catalogue.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.dlora.catalogue.source.fetch.Quotes;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.unpack.AdapterDraft;
import org.dlora.catalogue.source.unpack.Archive;
import org.jspecify.annotations.Nullable;

/**
 * Adapters in the buckets of S3, or of a store that speaks its protocol: an archive, or the files
 * of a folder.
 */
final class S3Source implements RemoteSource {
    private static final Pattern REFERENCE =
            Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)", Pattern.DOTALL);

    private final Supplier<S3Objects> makers;
    private final SourceSettings settings;
    private @Nullable S3Objects objects;

    /**
     * @param makers makes the client when it is first needed, because the SDK's classes take a
     *     while to load; closed with this
     */
    S3Source(Supplier<S3Objects> makers, SourceSettings settings) {
        this.makers = makers;
        this.settings = settings;
    }

    @Override
    public String scheme() {
        return "s3:";
    }

    @Override
    public void check(String reference) {
        var bucket = place(reference).bucket();
        if (!settings.s3Buckets().contains(bucket)) {
            throw new SourceException(
                    SourceException.Kind.FORBIDDEN,
                    "This server takes no adapters from the bucket %s; its setting dlora.adapters.sources.s3-buckets lists those that it may read"
                            .formatted(Quotes.of(bucket)));
        }
    }

    private static S3Place place(String reference) {
        var matcher = REFERENCE.matcher(reference);
        if (!matcher.matches()) {
            throw SourceException.refused(
                    "%s is no reference to S3; expected s3://BUCKET/KEY.tar.gz or s3://BUCKET/FOLDER/"
                            .formatted(Quotes.of(reference)));
        }
        return new S3Place(matcher.group(1), matcher.group(2));
    }

    @Override
    public Fetched fetch(String reference, Path staging, Transfer transfer) throws IOException {
        var place = place(reference);
        var files = Files.createDirectory(staging.resolve("files"));
        var draft = new AdapterDraft(files, settings.limits(), transfer);
        if (Archive.isOne(place.key())) {
            var archive = staging.resolve("archive");
            objects().fetchArchive(place, archive, settings.limits(), transfer);
            Archive.unpack(archive, draft, settings.limits());
        } else {
            objects().fetchFolder(place, draft, settings.limits(), transfer);
        }
        return new Fetched(draft.adapter(), reference);
    }

    private synchronized S3Objects objects() {
        var known = objects;
        if (known == null) {
            known = makers.get();
            objects = known;
        }
        return known;
    }

    @Override
    public synchronized void close() {
        var known = objects;
        if (known != null) {
            known.close();
        }
    }
}
