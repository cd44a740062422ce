package org.dlora.app.source;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.dlora.adapter.AdapterRoots;
import org.dlora.app.settings.DloraProperties;
import org.dlora.catalogue.source.hub.HubReference;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.StartException;
import org.dlora.model.BaseModel;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders to serve: the base model's and the adapter roots.
 *
 * @param name the base model's name for clients
 */
public record ModelSource(Path folder, String name, List<Path> adapterRoots) {
    public static final String DEMO_NAME = "dlora-demo";

    private static final Logger log = LoggerFactory.getLogger(ModelSource.class);

    /**
     * Returns the folders that {@code settings} name. Copies of the demo's files are closed by
     * {@code closing}.
     *
     * @param hub fetches a model from the hub, and returns its folder
     * @throws StartException if a root of adapters is none
     */
    public static ModelSource of(
            DloraProperties settings, Closing closing, Function<HubReference, Path> hub) {
        var roots = settings.adapters().folders();
        roots.forEach(ModelSource::checkRoot);
        if (settings.isDemo()) {
            var demo = closing.later(DemoFiles.open());
            return new ModelSource(
                    demo.model(),
                    settings.name().orElse(DEMO_NAME),
                    roots.isEmpty() ? List.of(demo.adapters()) : roots);
        }
        var folder = settings.modelFolder().or(() -> settings.hubModel().map(hub)).orElseThrow();
        return new ModelSource(folder, name(settings, folder), roots);
    }

    /** Returns the base model's name for clients. */
    public static String servedName(DloraProperties settings) {
        if (settings.isDemo()) {
            return settings.name().orElse(DEMO_NAME);
        }
        return settings.name()
                .or(() -> settings.hubModel().map(HubReference::repository))
                .or(() -> settings.modelFolder().map(ModelSource::nameOf))
                .orElseThrow();
    }

    /** Returns the model's name: as it is set, the repository's on the hub, or the folder's. */
    private static String name(DloraProperties settings, Path folder) {
        return settings.name()
                .or(() -> settings.hubModel().map(HubReference::repository))
                .orElseGet(() -> nameOf(folder));
    }

    /**
     * Checks the folders that {@code settings} name, as far as that takes milliseconds.
     *
     * @throws StartException if a root of adapters is none, or the model has no name
     * @throws LoadException if the model cannot be served
     */
    public static void check(DloraProperties settings) {
        settings.adapters().folders().forEach(ModelSource::checkRoot);
        settings.modelFolder()
                .ifPresent(folder -> {
                    log.info("Checking {} from {}", name(settings, folder), folder);
                    BaseModel.check(folder);
                });
        var _ = settings.hubModel();
    }

    /** Returns the folders that adapters may be loaded from while the server runs. */
    public List<Path> loadableFrom(Path store) {
        return Stream.concat(adapterRoots.stream(), Stream.of(store)).toList();
    }

    private static void checkRoot(Path root) {
        AdapterRoots.problem(root)
                .ifPresent(problem -> {
                    throw new StartException(
                            "dlora.adapters.roots names %s, which %s. Each sub-folder of a root is an adapter."
                                    .formatted(root, problem));
                });
    }

    /**
     * Returns the folder's name, which clients use unless a setting gives another one.
     *
     * @throws StartException if it has none
     */
    public static String nameOf(Path folder) {
        return Optional.ofNullable(folder.toAbsolutePath().normalize().getFileName())
                .map(Path::toString)
                .orElseThrow(() ->
                        new StartException(
                                "dlora.model is "
                                        + folder
                                        + ", which has no name; set dlora.served-name."));
    }
}
