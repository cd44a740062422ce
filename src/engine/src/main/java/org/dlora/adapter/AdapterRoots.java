package org.dlora.adapter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.adapter.content.Adapter;
import org.dlora.model.BaseModel;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;

/**
 * Scan of the adapter roots: folders whose sub-folders are adapters.
 *
 * @param <A> adapter that is made of a sub-folder
 */
public final class AdapterRoots<A> {
    private final Function<Path, A> reader;
    private final List<A> adapters = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Path> folderOf = new HashMap<>();

    /** A folder that could not be loaded, and why. */
    public record Problem(Path folder, LoadException error) {}

    /**
     * A sub-folder.
     *
     * @param adapter null before it is read, or if it cannot be
     * @param error null unless it cannot be loaded
     */
    private record Folder<A>(Path path, @Nullable A adapter, @Nullable LoadException error) {}

    /** The content of the roots, in the order of roots and of names in them. */
    public record Scan<A>(List<A> adapters, List<Problem> problems) {
        public Scan {
            adapters = List.copyOf(adapters);
            problems = List.copyOf(problems);
        }
    }

    private AdapterRoots(Function<Path, A> reader) {
        this.reader = reader;
    }

    /**
     * Loads every sub-folder of {@code roots}. A sub-folder that cannot be loaded is a problem and
     * stops no other. A name that an earlier sub-folder has is a problem too. A hidden folder
     * without an adapter's files is skipped.
     */
    public static Scan<Adapter> scan(List<Path> roots, BaseModel base) {
        return scan(roots, folder -> AdapterLoader.load(folder, base));
    }

    /**
     * Scans as {@link #scan(List, BaseModel)} does.
     *
     * @param reader reads the adapter in a sub-folder, or throws a {@link LoadException}; called by
     *     several threads
     */
    public static <A> Scan<A> scan(List<Path> roots, Function<Path, A> reader) {
        var scan = new AdapterRoots<>(reader);
        roots.forEach(scan::root);
        return new Scan<>(scan.adapters, scan.problems);
    }

    /** Returns why {@code root} cannot be a root; empty if it can. */
    public static Optional<String> problem(Path root) {
        if (hasAdapterFiles(root)) {
            return Optional.of("is an adapter itself; give the folder that it lies in as the root");
        }
        return Files.isDirectory(root)
                ? Optional.empty()
                : Optional.of(Files.exists(root) ? "is not a folder" : "does not exist");
    }

    private void root(Path root) {
        var problem = problem(root);
        if (problem.isPresent()) {
            reject(root, problem.get());
            return;
        }
        try (var entries = Files.list(root)) {
            var named =
                    entries.filter(Files::isDirectory)
                            .filter(folder -> !isHidden(folder) || hasAdapterFiles(folder))
                            .sorted()
                            .map(this::named)
                            .toList();
            // Reading hundreds of folders takes seconds on one thread.
            named.parallelStream().map(this::read).toList().forEach(this::add);
        } catch (IOException e) {
            reject(root, "cannot be listed: " + e);
        }
    }

    private void reject(Path root, String problem) {
        problems.add(new Problem(root, new LoadException("adapter root " + root + " " + problem)));
    }

    /** Gives the folder's adapter its name, or the problem that it has none of its own. */
    private Folder<A> named(Path folder) {
        try {
            var name = AdapterName.of(folder);
            var other = folderOf.putIfAbsent(name, folder);
            return other == null
                    ? new Folder<>(folder, null, null)
                    : new Folder<>(
                            folder,
                            null,
                            new LoadException(
                                    "adapter name %s is taken by %s; rename one of the folders"
                                            .formatted(name, other)));
        } catch (LoadException e) {
            return new Folder<>(folder, null, e);
        }
    }

    private Folder<A> read(Folder<A> named) {
        if (named.error() != null) {
            return named;
        }
        try {
            return new Folder<>(named.path(), reader.apply(named.path()), null);
        } catch (LoadException e) {
            return new Folder<>(named.path(), null, e);
        }
    }

    private void add(Folder<A> folder) {
        if (folder.adapter() != null) {
            adapters.add(folder.adapter());
        } else if (folder.error() != null) {
            problems.add(new Problem(folder.path(), folder.error()));
        }
    }

    private static boolean isHidden(Path folder) {
        return folder.getFileName().toString().startsWith(".");
    }

    private static boolean hasAdapterFiles(Path folder) {
        return Files.exists(folder.resolve(AdapterConfig.FILE));
    }
}
