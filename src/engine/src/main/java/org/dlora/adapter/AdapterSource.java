package org.dlora.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.adapter.config.Quote;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.model.BaseModel;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source of adapters while the server runs. It takes folders below the roots, links followed,
 * and the roots' own sub-folders wherever they link to, as at the start. Calls block while files
 * are read. Thread-safe.
 *
 * @param base must be open whenever an adapter is opened
 * @param uploader to the device that adapters are uploaded to
 * @param memo knows content that was validated before
 */
public record AdapterSource(
        List<Path> roots, BaseModel base, AdapterUploader uploader, ContentMemo memo) {
    private static final Logger log = LoggerFactory.getLogger(AdapterSource.class);

    public AdapterSource {
        roots = List.copyOf(roots);
    }

    /** Returns the source without one of its roots. */
    public AdapterSource without(Path root) {
        var others = roots.stream().filter(one -> !one.equals(root)).toList();
        return new AdapterSource(others, base, uploader, memo);
    }

    /**
     * Returns the folder that {@code path} names, without links. The path is absolute, or relative
     * to one of the roots.
     *
     * @throws NoSuchFolderException if there is none, or if it neither lies below a root nor is a
     *     root's own entry. Both have the same words, so that nobody learns what lies elsewhere
     */
    public Path folder(String path) {
        if (roots.isEmpty()) {
            throw new AdapterRefusedException(
                    "Adapters are loaded from folders below dlora.adapters.roots, which is empty; set it and start the server again");
        }
        return candidates(path)
                .filter(Files::isDirectory)
                .flatMap(candidate ->
                        real(candidate)
                                .filter(folder -> isEntry(candidate) || liesBelowARoot(folder))
                                .stream())
                .findFirst()
                .orElseThrow(() ->
                        new NoSuchFolderException(
                                "%s is no folder below the adapter roots %s, links followed; give its absolute path, or a path relative to a root"
                                        .formatted(Quote.of(path), roots)));
    }

    /**
     * Validates the adapter in {@code folder}, all of its content included.
     *
     * @param name its name for clients
     * @param folder from {@link #folder}
     * @throws AdapterRefusedException in the loader's words if it cannot be served
     */
    public RegisteredAdapter validate(String name, Path folder) {
        try {
            return read(name, folder);
        } catch (LoadException e) {
            throw new AdapterRefusedException(
                    "Adapter '%s' cannot be loaded from %s: %s"
                            .formatted(Quote.plain(name), folder, e.getMessage()),
                    e);
        }
    }

    /**
     * Does the same with a folder that clients do not know.
     *
     * @throws AdapterRefusedException in the loader's words, without the folder
     */
    public RegisteredAdapter validateAcquired(String name, Path folder) {
        try {
            return read(name, folder);
        } catch (LoadException e) {
            throw new AdapterRefusedException(
                    "The adapter '%s' cannot be served: %s"
                            .formatted(
                                    name,
                                    String.valueOf(e.getMessage())
                                            .replace(folder.toString(), "its files")));
        }
    }

    private RegisteredAdapter read(String name, Path folder) {
        var adapter = RegisteredAdapter.of(name, folder, base, uploader, memo);
        adapter.warnings().forEach(warning -> log.warn("Adapter {}: {}", name, warning));
        adapter.validate();
        return adapter;
    }

    /**
     * Registers the adapter in {@code folder}, whose content was validated before. Its content is
     * validated again before it is served, unless its files have not changed since.
     *
     * @param version hash that the content must have
     * @throws LoadException if configuration or header cannot be served
     */
    public RegisteredAdapter recall(String name, Path folder, Optional<String> version) {
        return RegisteredAdapter.of(name, folder, base, uploader, memo, version);
    }

    /**
     * Returns a path that {@link #folder} takes: relative to a root where that names the folder, so
     * that it stays the same where the root moves.
     *
     * @param folder from {@link #folder}, or a root's sub-folder
     */
    public String place(Path folder) {
        var real = real(folder).orElse(folder);
        return roots.stream()
                .filter(root -> folder.startsWith(root) || real.startsWith(real(root).orElse(root)))
                .map(root ->
                        folder.startsWith(root)
                                ? root.relativize(folder)
                                : real(root).orElse(root).relativize(real))
                .map(Path::toString)
                .filter(relative -> names(relative, real))
                .findFirst()
                .orElse(real.toString());
    }

    private boolean names(String relative, Path real) {
        try {
            return folder(relative).equals(real);
        } catch (AdapterRefusedException _) {
            return false;
        }
    }

    /**
     * Returns the folders of adapters in the roots, and in sub-folders that are none themselves, by
     * name. A root that cannot be read has none.
     *
     * @return paths as {@link #place} gives them
     */
    public Stream<String> places() {
        return roots.stream()
                .flatMap(root -> subfolders(root).stream())
                .flatMap(folder ->
                        isAdapter(folder) ? Stream.of(folder) : subfolders(folder).stream())
                .filter(AdapterSource::isAdapter)
                .map(this::place);
    }

    private static boolean isAdapter(Path folder) {
        return Files.isRegularFile(folder.resolve(AdapterConfig.FILE));
    }

    private static List<Path> subfolders(Path folder) {
        try (var entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            log.debug("Folder {} cannot be listed: {}", folder, e.toString());
            return List.of();
        }
    }

    /** Returns whether a root has a sub-folder called {@code name}. */
    public boolean isEntry(String name) {
        return !name.contains("/")
                && candidates(name).anyMatch(path -> Files.isDirectory(path) && isEntry(path));
    }

    private Stream<Path> candidates(String path) {
        try {
            // Resolving an absolute path against a root gives that path.
            return roots.stream().map(root -> root.resolve(path)).toList().stream();
        } catch (InvalidPathException _) {
            return Stream.empty();
        }
    }

    /** Returns whether the path is a sub-folder of a root; a link in a root counts as one. */
    private boolean isEntry(Path candidate) {
        var name = String.valueOf(candidate.getFileName());
        var parent = Optional.ofNullable(candidate.getParent()).flatMap(AdapterSource::real);
        return !name.equals(".")
                && !name.equals("..")
                && parent.isPresent()
                && roots.stream().map(AdapterSource::real).anyMatch(parent::equals);
    }

    private boolean liesBelowARoot(Path folder) {
        return roots.stream()
                .map(AdapterSource::real)
                .flatMap(Optional::stream)
                .anyMatch(root -> folder.startsWith(root) && !folder.equals(root));
    }

    private static Optional<Path> real(Path path) {
        try {
            return Optional.of(path.toRealPath());
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
