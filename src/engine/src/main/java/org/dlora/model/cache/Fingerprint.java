package org.dlora.model.cache;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The file system's record of files: device, inode, size, and the times of the last change of
 * content and of inode. A program can set the time of the content back after a change, but not that
 * of the inode. So files whose fingerprint is unchanged since they were hashed have unchanged
 * content, unless the system's clock was set back meanwhile.
 *
 * @param id the fingerprint's own hash, in hexadecimal
 * @param newest the last of all times
 */
public record Fingerprint(String id, Instant newest) {
    /** Resolution of the coarsest file system's times; a later change may bear the same time. */
    private static final Duration FINEST = Duration.ofSeconds(2);

    /**
     * Returns the fingerprint of {@code files} as they are now; empty where the system has no
     * inodes.
     */
    public static Optional<Fingerprint> of(List<Path> files) throws IOException {
        var digest = ContentHash.sha256();
        var newest = Instant.MIN;
        for (var file : files) {
            try {
                var state = Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime");
                for (var name : List.of("dev", "ino", "size", "lastModifiedTime", "ctime")) {
                    digest.update((name + state.get(name) + '\n').getBytes(StandardCharsets.UTF_8));
                }
                newest = later(newest, state.get("lastModifiedTime"));
                newest = later(newest, state.get("ctime"));
            } catch (UnsupportedOperationException | IllegalArgumentException _) {
                return Optional.empty();
            }
        }
        return Optional.of(new Fingerprint(HexFormat.of().formatHex(digest.digest()), newest));
    }

    private static Instant later(Instant one, @Nullable Object time) {
        var other = ((FileTime) Objects.requireNonNull(time)).toInstant();
        return one.isAfter(other) ? one : other;
    }

    /** Returns whether any later change bears another time. */
    public boolean isSettled(Instant now) {
        return newest.isBefore(now.minus(FINEST));
    }
}
