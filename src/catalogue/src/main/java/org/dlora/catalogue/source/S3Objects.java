package org.dlora.catalogue.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.unpack.AdapterDraft;
import org.dlora.catalogue.source.unpack.AdapterFiles;
import org.dlora.catalogue.source.unpack.UnpackLimits;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The calls of S3's protocol, by the AWS SDK. Thread-safe. */
final class S3Objects implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final S3Client client;

    /**
     * @param client closed with this
     */
    S3Objects(S3Client client) {
        this.client = client;
    }

    /**
     * Returns a client with the SDK's settings of the environment: {@code AWS_REGION}, {@code
     * AWS_ACCESS_KEY_ID}, {@code AWS_ENDPOINT_URL_S3} and so on.
     *
     * @throws SourceException if they are not complete
     */
    static S3Objects ofEnvironment() {
        try {
            return new S3Objects(
                    S3Client.builder().httpClient(UrlConnectionHttpClient.create()).build());
        } catch (SdkException e) {
            throw SourceException.unavailable(
                    "S3 is not set up; set AWS_REGION and the other variables of the AWS SDK: "
                            + e.getMessage(),
                    e);
        }
    }

    /** Runs calls of the SDK. */
    private interface Calls {
        void run() throws IOException;
    }

    /**
     * Fetches one object.
     *
     * @throws SourceException if it cannot be had, or is larger than allowed
     */
    void fetchArchive(S3Place place, Path file, UnpackLimits limits, Transfer transfer)
            throws IOException {
        run(
                place,
                transfer,
                () -> {
                    try (var out = Files.newOutputStream(file)) {
                        copy(place, out, limits, transfer);
                    }
                });
    }

    /**
     * Fetches the files of an adapter directly below a folder.
     *
     * @throws SourceException if they cannot be had, or are more than allowed
     */
    void fetchFolder(S3Place folder, AdapterDraft draft, UnpackLimits limits, Transfer transfer)
            throws IOException {
        var prefix = folder.key().endsWith("/") ? folder.key() : folder.key() + "/";
        run(
                folder,
                transfer,
                () -> {
                    var objects = list(folder.bucket(), prefix, limits);
                    transfer.expect(objects.stream().mapToLong(S3Object::size).sum());
                    for (var object : objects) {
                        try (var out = draft.file(object.key().substring(prefix.length()))) {
                            copy(new S3Place(folder.bucket(), object.key()), out, limits, transfer);
                        }
                    }
                });
    }

    private List<S3Object> list(String bucket, String prefix, UnpackLimits limits) {
        var listing =
                client.listObjectsV2(ask ->
                        ask.bucket(bucket)
                                .prefix(prefix)
                                .delimiter("/")
                                .maxKeys(limits.maxEntries()));
        if (Boolean.TRUE.equals(listing.isTruncated())) {
            throw new SourceException(
                    SourceException.Kind.TOO_LARGE,
                    "%s has more than %d objects (dlora.adapters.uploads.max-entries)"
                            .formatted(new S3Place(bucket, prefix), limits.maxEntries()));
        }
        return listing.contents().stream()
                .filter(object -> AdapterFiles.isKept(object.key().substring(prefix.length())))
                .toList();
    }

    private void copy(S3Place place, OutputStream out, UnpackLimits limits, Transfer transfer)
            throws IOException {
        try (var in = client.getObject(ask -> ask.bucket(place.bucket()).key(place.key()))) {
            try {
                copy(place, in, out, limits, transfer);
            } catch (IOException | RuntimeException e) {
                // Without that, closing it would read the rest.
                in.abort();
                throw e;
            }
        }
    }

    private static void copy(
            S3Place place, InputStream in, OutputStream out, UnpackLimits limits, Transfer transfer)
            throws IOException {
        var chunk = new byte[CHUNK];
        long left = limits.maxBytes();
        for (int count = read(place, in, chunk); count >= 0; count = read(place, in, chunk)) {
            left -= count;
            if (left < 0) {
                throw new SourceException(
                        SourceException.Kind.TOO_LARGE,
                        "%s has more than %d bytes (dlora.adapters.uploads.max-size)"
                                .formatted(place, limits.maxBytes()));
            }
            out.write(chunk, 0, count);
            transfer.add(count);
        }
    }

    private static int read(S3Place place, InputStream in, byte[] chunk) {
        try {
            return in.read(chunk);
        } catch (IOException e) {
            throw SourceException.unavailable(
                    "%s broke off: %s".formatted(place, e.getMessage()), e);
        }
    }

    private static void run(S3Place place, Transfer transfer, Calls calls) throws IOException {
        try {
            calls.run();
        } catch (AbortedException _) {
            Thread.currentThread().interrupt();
            throw new CancellationException("The transfer was interrupted");
        } catch (SdkException e) {
            transfer.goOn();
            throw problem(place, e);
        }
    }

    private static SourceException problem(S3Place place, SdkException e) {
        return switch (e) {
            case NoSuchBucketException _ ->
                    SourceException.refused("There is no bucket of %s (404)".formatted(place));
            case NoSuchKeyException _ ->
                    SourceException.refused("There is no object %s (404)".formatted(place));
            case S3Exception answered when answered.statusCode() == 403 ->
                    SourceException.refused(
                            "The store does not let this server read %s (403)".formatted(place));
            default ->
                    SourceException.unavailable(
                            "%s cannot be fetched: %s".formatted(place, e.getMessage()), e);
        };
    }

    @Override
    public void close() {
        client.close();
    }
}
