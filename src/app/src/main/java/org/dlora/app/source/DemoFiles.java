package org.dlora.app.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * The bundled demo model and its adapters. Files in a jar are copied to a fresh folder that only
 * this user can read, because weights are memory-mapped. The folder is removed on close. The folder
 * of a killed process is not locked, so the next process removes it.
 */
public final class DemoFiles implements AutoCloseable {
    private static final String ROOT = "/demo/";
    private static final String PREFIX = "dlora-demo-";
    private static final String LOCK = "lock";

    private final Path folder;

    /** The lock on the copies' folder; null if the files are used in place. */
    private final @Nullable FileChannel lock;

    private DemoFiles(Path folder, @Nullable FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    public static DemoFiles open() {
        try {
            var config =
                    new PathMatchingResourcePatternResolver()
                            .getResource("classpath:demo/model/config.json");
            return config.isFile() ? inPlace(config) : copy();
        } catch (IOException e) {
            throw new UncheckedIOException("The bundled demo model cannot be unpacked", e);
        }
    }

    public Path model() {
        return folder.resolve("model");
    }

    public Path adapters() {
        return folder.resolve("adapters");
    }

    @Override
    public void close() {
        if (lock != null) {
            try (lock) {
                delete(folder);
            } catch (IOException _) {
                // The lock goes with the process.
            }
        }
    }

    private static DemoFiles inPlace(Resource config) throws IOException {
        var model = Optional.ofNullable(config.getFile().toPath().getParent()).orElseThrow();
        return new DemoFiles(Optional.ofNullable(model.getParent()).orElseThrow(), null);
    }

    private static DemoFiles copy() throws IOException {
        var folder = Files.createTempDirectory(PREFIX);
        removeStale(folder);
        try {
            var lock = lock(folder);
            for (var file :
                    new PathMatchingResourcePatternResolver().getResources("classpath:demo/**")) {
                copy(file, folder);
            }
            return new DemoFiles(folder, lock);
        } catch (IOException | RuntimeException e) {
            delete(folder);
            throw e;
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        var channel =
                FileChannel.open(
                        folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock();
        return channel;
    }

    /** Removes folders beside {@code own} that this user's ended processes have left. */
    static void removeStale(Path own) {
        var parent = Optional.ofNullable(own.getParent()).orElseThrow();
        try (var siblings = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (var folder : siblings) {
                if (!folder.equals(own) && isStale(folder, Files.getOwner(own))) {
                    delete(folder);
                }
            }
        } catch (IOException | DirectoryIteratorException _) {
            // Others clean it.
        }
    }

    // A minute, because a new folder is not locked at once.
    private static boolean isStale(Path folder, UserPrincipal owner) {
        var lock = folder.resolve(LOCK);
        try {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    || !Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(owner)
                    || !Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)
                    || Files.getLastModifiedTime(lock).toInstant().isAfter(aMinuteAgo())) {
                return false;
            }
            try (var channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                    var held = channel.tryLock()) {
                return held != null;
            }
        } catch (IOException | OverlappingFileLockException _) {
            return false;
        }
    }

    private static Instant aMinuteAgo() {
        return Instant.now().minusSeconds(60);
    }

    private static void copy(Resource file, Path folder) throws IOException {
        var url = file.getURL().toString();
        if (url.endsWith("/")) {
            return;
        }
        var target =
                folder.resolve(url.substring(url.lastIndexOf(ROOT) + ROOT.length())).normalize();
        if (!target.startsWith(folder)) {
            throw new IOException("not below demo/: " + url);
        }
        Files.createDirectories(Optional.ofNullable(target.getParent()).orElseThrow());
        try (var in = file.getInputStream()) {
            Files.copy(in, target);
        }
    }

    // Best effort: where files are still mapped, some systems keep them.
    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // It lies in the system's folder for temporary files, which is cleaned by others.
        }
    }
}
