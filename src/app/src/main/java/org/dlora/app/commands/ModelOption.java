package org.dlora.app.commands;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;
import org.dlora.app.source.DownloadProgress;
import org.dlora.app.source.HubModels;
import org.dlora.app.source.ModelSource;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.hub.HubReference;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.engine.opening.StartException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Base model that the option {@value #NAME} of a command names: a folder, or a repository of the
 * hub.
 *
 * @param text as it was given
 * @param repository empty for a folder
 */
record ModelOption(String text, Optional<HubReference> repository) {
    static final String NAME = "--model";

    private static final Logger log = LoggerFactory.getLogger(ModelOption.class);

    /** Converter that takes a malformed repository for wrong usage. */
    static final class Converter implements ITypeConverter<ModelOption> {
        @Override
        public ModelOption convert(String value) {
            try {
                return new ModelOption(
                        value,
                        Optional.of(value).filter(HubReference::isOne).map(HubReference::parse));
            } catch (SourceException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /**
     * Returns the model's folder. Fetches what the hub's cache lacks.
     *
     * @throws StartException if the repository cannot be had
     */
    Path folder(Supplier<HubSettings> hub) {
        if (repository.isEmpty()) {
            return Path.of(text);
        }
        var wanted = repository.get();
        try (var models = new HubModels(hub.get(), NAME)) {
            var progress = DownloadProgress.of(wanted, log, Clock.systemUTC());
            return models.fetch(wanted, progress, () -> {});
        }
    }

    /** Returns the name that the server would give it: the repository's, or the folder's. */
    String servedName() {
        return repository
                .map(HubReference::repository)
                .orElseGet(() -> ModelSource.nameOf(Path.of(text)));
    }
}
