package org.dlora.adapter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.model.BaseModel;
import org.dlora.tensor.LoadException;

/** Scan of the adapter roots: folders whose sub-folders are adapters. */
public final class AdapterRoots {
    private final BaseModel base;
    private final List<Adapter> adapters = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Path> folderOf = new HashMap<>();

    /** A folder that could not be loaded, and why. */
    public record Problem(Path folder, LoadException error) {}

    /** The content of the roots, in the order of roots and of names in them. */
    public record Scan(List<Adapter> adapters, List<Problem> problems) {
        public Scan {
            adapters = List.copyOf(adapters);
            problems = List.copyOf(problems);
        }
    }

    private AdapterRoots(BaseModel base) {
        this.base = base;
    }

    /**
     * Loads every sub-folder of {@code roots}. A sub-folder that cannot be loaded is a problem and
     * stops no other. A name that an earlier sub-folder has is a problem too. A hidden folder
     * without an adapter's files is skipped.
     */
    public static Scan scan(List<Path> roots, BaseModel base) {
        var scan = new AdapterRoots(base);
        roots.forEach(scan::root);
        return new Scan(scan.adapters, scan.problems);
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
            entries.filter(Files::isDirectory)
                    .filter(folder -> !isHidden(folder) || hasAdapterFiles(folder))
                    .sorted()
                    .forEach(this::folder);
        } catch (IOException e) {
            reject(root, "cannot be listed: " + e);
        }
    }

    private void reject(Path root, String problem) {
        problems.add(new Problem(root, new LoadException("adapter root " + root + " " + problem)));
    }

    private void folder(Path folder) {
        try {
            var name = AdapterName.of(folder);
            var other = folderOf.putIfAbsent(name, folder);
            if (other != null) {
                throw new LoadException(
                        "adapter name %s is taken by %s; rename one of the folders"
                                .formatted(name, other));
            }
            adapters.add(AdapterLoader.load(folder, base));
        } catch (LoadException e) {
            problems.add(new Problem(folder, e));
        }
    }

    private static boolean isHidden(Path folder) {
        return folder.getFileName().toString().startsWith(".");
    }

    private static boolean hasAdapterFiles(Path folder) {
        return Files.exists(folder.resolve(AdapterConfig.FILE));
    }
}
