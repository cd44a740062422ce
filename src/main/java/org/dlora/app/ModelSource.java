package org.dlora.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which folders are served.
 *
 * @param name what clients call the base model
 */
record ModelSource(Path folder, String name, List<Path> adapterRoots) {
    private static final String DEMO_NAME = "dlora-demo";

    static ModelSource of(DloraProperties settings, Closing closing) {
        var roots = settings.adapters().folders();
        return settings.modelFolder()
                .map(folder ->
                        new ModelSource(
                                folder, settings.name().orElseGet(() -> nameOf(folder)), roots))
                .orElseGet(() -> {
                    var demo = closing.later(DemoFiles.open());
                    return new ModelSource(
                            demo.model(),
                            settings.name().orElse(DEMO_NAME),
                            roots.isEmpty() ? List.of(demo.adapters()) : roots);
                });
    }

    private static String nameOf(Path folder) {
        return Optional.ofNullable(folder.toAbsolutePath().normalize().getFileName())
                .map(Path::toString)
                .orElseThrow(() ->
                        new StartException(
                                "dlora.model is "
                                        + folder
                                        + ", which has no name; set dlora.served-name."));
    }
}
