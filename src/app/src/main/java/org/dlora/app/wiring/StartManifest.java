package org.dlora.app.wiring;

import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.api.admin.manifest.ManifestReader;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.settings.ShareProperties;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.manifest.Manifest;
import org.dlora.catalogue.manifest.ManifestException;
import org.dlora.catalogue.manifest.ManifestFile;
import org.dlora.catalogue.manifest.ManifestParser;
import org.dlora.catalogue.manifest.ManifestProblem;
import org.dlora.catalogue.manifest.ManifestTarget;
import org.dlora.catalogue.manifest.ManifestWatch;
import org.dlora.catalogue.manifest.Reconciliation;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.engine.opening.StartException;

/**
 * The manifest as the start has read it.
 *
 * @param bytes of the file
 */
record StartManifest(ManifestFile file, ManifestParser parser, byte[] bytes, Manifest manifest) {

    /**
     * Reads the manifest that the settings name; empty if they name none.
     *
     * @param base name of the base model
     * @param vocabulary number of its token ids
     * @throws StartException if it is malformed: there is no earlier one that could stay in force
     */
    static Optional<StartManifest> read(DloraProperties settings, String base, int vocabulary) {
        return settings.adapters()
                .manifestFile()
                .map(path -> {
                    var file = new ManifestFile(path);
                    var parser =
                            new ManifestReader(
                                    base,
                                    Set.copyOf(settings.adapters().pinned()),
                                    settings.shares().stream()
                                            .collect(
                                                    Collectors.toMap(
                                                            ShareProperties::model,
                                                            ShareProperties::weight,
                                                            (one, _) -> one)),
                                    vocabulary);
                    try {
                        var bytes = file.bytes();
                        return new StartManifest(file, parser, bytes, parser.parse(bytes));
                    } catch (ManifestException e) {
                        throw new StartException(
                                "dlora.adapters.manifest: %s is refused. Correct it, or take the setting away.\n%s"
                                        .formatted(
                                                path,
                                                e.problems().stream()
                                                        .map(ManifestProblem::toString)
                                                        .collect(Collectors.joining("\n"))));
                    }
                });
    }

    /**
     * Returns a watch that applies it once it is started.
     *
     * @param managed is told of what it says
     */
    ManifestWatch watch(
            DloraProperties settings,
            ManagedAdapters managed,
            ManifestTarget target,
            Clock clock,
            ClusterEvents events) {
        var watch =
                new ManifestWatch(
                        file,
                        parser,
                        settings.adapters().manifestInterval(),
                        managed,
                        new Reconciliation(target),
                        clock,
                        events);
        watch.begin(bytes, manifest);
        return watch;
    }
}
