package org.dlora.catalogue.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.dlora.catalogue.versions.ContentDigest;

/**
 * The file of a manifest. It is read whole each time, so a change is seen whether the file was
 * written to, replaced by a rename, or is a link that leads elsewhere, as in a ConfigMap of
 * Kubernetes.
 */
public record ManifestFile(Path path) {
    private static final int MOST_BYTES = 1 << 20;

    /** Content of the file. */
    record Content(byte[] bytes, String hash) {
        static Content of(byte[] bytes) {
            return new Content(
                    bytes, HexFormat.of().formatHex(ContentDigest.sha256().digest(bytes)));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Content content && hash.equals(content.hash);
        }

        @Override
        public int hashCode() {
            return hash.hashCode();
        }

        @Override
        public String toString() {
            return new String(bytes, UTF_8);
        }
    }

    /**
     * Returns the file's bytes.
     *
     * @throws ManifestException if it cannot be read, or is larger than 1 MB
     */
    public byte[] bytes() {
        try (var in = Files.newInputStream(path)) {
            var bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw problem("%s has more than %d bytes".formatted(path, MOST_BYTES));
            }
            return bytes;
        } catch (NoSuchFileException _) {
            throw problem("%s does not exist".formatted(path));
        } catch (IOException e) {
            throw problem("%s cannot be read: %s".formatted(path, e.getMessage()));
        }
    }

    Content read() {
        return Content.of(bytes());
    }

    private static ManifestException problem(String message) {
        return new ManifestException(List.of(new ManifestProblem(0, message)));
    }
}
