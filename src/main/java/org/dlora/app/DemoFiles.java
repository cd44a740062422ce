package org.dlora.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * The demo model and its adapters that the program brings along. Out of a jar they are copied to a
 * fresh folder that only this user can read, because weights are memory-mapped; it is removed on
 * close.
 */
final class DemoFiles implements AutoCloseable {
    private static final String ROOT = "/demo/";

    private final Path folder;
    private final boolean copied;

    private DemoFiles(Path folder, boolean copied) {
        this.folder = folder;
        this.copied = copied;
    }

    static DemoFiles open() {
        try {
            var config =
                    new PathMatchingResourcePatternResolver()
                            .getResource("classpath:demo/model/config.json");
            return config.isFile() ? inPlace(config) : copy();
        } catch (IOException e) {
            throw new UncheckedIOException("The bundled demo model cannot be unpacked", e);
        }
    }

    Path model() {
        return folder.resolve("model");
    }

    Path adapters() {
        return folder.resolve("adapters");
    }

    @Override
    public void close() {
        if (copied) {
            delete(folder);
        }
    }

    private static DemoFiles inPlace(Resource config) throws IOException {
        var model = Optional.ofNullable(config.getFile().toPath().getParent()).orElseThrow();
        return new DemoFiles(Optional.ofNullable(model.getParent()).orElseThrow(), false);
    }

    private static DemoFiles copy() throws IOException {
        var folder = Files.createTempDirectory("dlora-demo-");
        try {
            for (var file :
                    new PathMatchingResourcePatternResolver().getResources("classpath:demo/**")) {
                copy(file, folder);
            }
            return new DemoFiles(folder, true);
        } catch (IOException | RuntimeException e) {
            delete(folder);
            throw e;
        }
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
