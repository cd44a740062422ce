package org.dlora.app.settings;

import jakarta.validation.Valid;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.dlora.catalogue.source.SourceSettings;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.unit.DataSize;

/**
 * The sources of adapters.
 *
 * @param roots folders; each sub-folder is an adapter of the sub-folder's name. Empty = those of
 *     the demo if the demo model is served
 * @param runtimeUpdates whether clients may load and unload adapters; auto = unless the network is
 *     open
 * @param load when adapters are loaded into memory
 * @param pinned names of adapters that are never evicted
 * @param loadRate bytes a second that loads move while requests run; 0 = so that these keep most of
 *     their pace
 * @param uploads bounds of an adapter that is uploaded or fetched
 * @param team bounds of the adapters of a team
 * @param sources where adapters may be fetched from
 * @param manifest file of the adapters that are wanted; empty = none
 * @param manifestInterval time between two looks at the manifest
 * @param rootsInterval time between two looks at the roots; 0 = none after the start
 * @param packedSize bytes of the files of packed adapters; 0 = none are kept
 */
public record AdapterProperties(
        @DefaultValue List<String> roots,
        @DefaultValue("auto") RuntimeUpdates runtimeUpdates,
        @DefaultValue("on-demand") AdapterLoading load,
        @DefaultValue List<String> pinned,
        @DefaultValue("0") DataSize loadRate,
        @DefaultValue @Valid @NestedConfigurationProperty UploadProperties uploads,
        @DefaultValue @Valid @NestedConfigurationProperty TeamProperties team,
        @DefaultValue @Valid @NestedConfigurationProperty SourceProperties sources,
        @DefaultValue("") String manifest,
        @DefaultValue("2s") @DurationUnit(ChronoUnit.SECONDS) @DurationMin(millis = 10)
                Duration manifestInterval,
        @DefaultValue("10s") @DurationUnit(ChronoUnit.SECONDS) @DurationMin Duration rootsInterval,
        @DefaultValue("10GB") DataSize packedSize) {
    // Not bound as Path: Spring would look for a relative one on the class path first.
    public List<Path> folders() {
        return roots.stream().map(Path::of).toList();
    }

    /** Returns the file of the manifest; empty if there is none. */
    public Optional<Path> manifestFile() {
        return Optional.of(manifest).filter(file -> !file.isBlank()).map(Path::of);
    }

    /** Returns the sources that are allowed, with the limits of an adapter. */
    public SourceSettings sourceSettings() {
        return new SourceSettings(
                sources.hub(), sources.httpsHosts(), sources.s3Buckets(), uploads.limits());
    }
}
