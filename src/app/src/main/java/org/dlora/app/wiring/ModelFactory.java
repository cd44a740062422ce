package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.app.device.MemoryMeters;
import org.dlora.app.device.ServedDevices;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.source.DownloadProgress;
import org.dlora.app.source.HubModels;
import org.dlora.app.source.ModelSource;
import org.dlora.catalogue.source.hub.HubReference;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.DeviceOpener;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Factory of the base model, from a folder or the hub, and of the devices that serve it. */
@Component
final class ModelFactory {
    private static final Logger log = LoggerFactory.getLogger(ModelFactory.class);

    private final DloraProperties settings;
    private final DeviceOpener devices;
    private final HubSettings hub;
    private final MeterRegistry metrics;
    private final Clock clock;

    ModelFactory(
            DloraProperties settings,
            DeviceOpener devices,
            HubSettings hub,
            MeterRegistry metrics,
            Clock clock) {
        this.settings = settings;
        this.devices = devices;
        this.hub = hub;
        this.metrics = metrics;
        this.clock = clock;
    }

    /** Opens the model's files and the devices, whose memories have room for its weights. */
    OpenedModel open(Closing closing) {
        var source = ModelSource.of(settings, closing, at -> fetch(at, closing));
        log.info("Loading {} from {}", source.name(), source.folder());
        var model = closing.later(BaseModel.open(source.folder()));
        model.warnings().forEach(warning -> log.warn("{}: {}", source.folder(), warning));
        var weightType = DecoderWeights.storage(model, settings.dtype());
        var opened = ServedDevices.open(settings, devices, model.spec(), weightType, closing);
        opened.ledgers().forEach((name, books) -> MemoryMeters.register(name, books, metrics));
        var first = opened.first();
        var uploader =
                new AdapterUploader(
                        first.device(),
                        settings.dtype(),
                        first.ledger(),
                        settings.packedAdapters());
        return new OpenedModel(source, model, weightType, opened, uploader, settings.contentMemo());
    }

    private Path fetch(HubReference model, Closing closing) {
        try (var models = new HubModels(hub, "dlora.model")) {
            return models.fetch(model, DownloadProgress.of(model, log, clock), closing::goOn);
        }
    }
}
