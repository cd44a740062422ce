package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.dlora.app.device.HostParking;
import org.dlora.app.device.MemoryMeters;
import org.dlora.app.device.MemoryShare;
import org.dlora.app.settings.DloraProperties;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.cluster.fidelity.MeasuredPermits;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.opening.BaseWeights;
import org.dlora.engine.opening.Closing;
import org.dlora.model.BaseModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Factory of the base model's weights, which plans the memories of the devices for them. */
@Component
final class WeightsFactory {
    private static final Logger log = LoggerFactory.getLogger(WeightsFactory.class);

    private final DloraProperties settings;
    private final MeterRegistry metrics;
    private final Clock clock;

    WeightsFactory(DloraProperties settings, MeterRegistry metrics, Clock clock) {
        this.settings = settings;
        this.metrics = metrics;
        this.clock = clock;
    }

    /**
     * Plans the memories, and packs the weights.
     *
     * @param adapters bytes of all registered adapters
     */
    PlacedWeights place(OpenedModel opened, long adapters, Closing closing) {
        var model = opened.base();
        var devices = opened.devices();
        var parking =
                HostParking.plan(settings, model.spec(), opened.weightType(), devices, closing);
        long copies =
                parking.isPresent()
                        ? 0
                        : ReplicaSettings.copyBytes(model.spec(), opened.weightType());
        var shares = shares(opened, copies, adapters);
        int longest = shares.stream().mapToInt(s -> s.cache().maxModelLength()).max().orElseThrow();
        var weights = new BaseWeights(model, settings.dtype(), settings.cache(), clock, closing);
        devices.pack(weights, longest);
        parking.ifPresent(host -> host.park(weights, devices));
        var identity = identity(opened, weights, shares.getFirst());
        var merging =
                shares.stream()
                        .map(share ->
                                parking.map(host -> share.mergingElsewhere(host.copies()))
                                        .orElseGet(() -> share.merging(copies)))
                        .toList();
        return new PlacedWeights(opened, weights, merging, parking, identity);
    }

    private List<MemoryShare> shares(OpenedModel opened, long copies, long adapters) {
        var spec = opened.base().spec();
        var device = opened.device();
        var needs =
                new MemoryShare.Needs(
                        spec,
                        device.kvDtype(opened.weightType()),
                        device.isKvElastic(),
                        copies,
                        adapters);
        var shares = opened.devices().shares(settings, needs);
        shares.forEach(share -> warn(share, opened.base(), copies));
        shares.stream()
                .filter(MemoryShare::isOwn)
                .forEach(share -> MemoryMeters.register(share.name(), share.books(), metrics));
        return shares;
    }

    /** Returns the permits of merges, which measure the accuracy of merged weights. */
    MeasuredPermits permits(PlacedWeights placed, Closing closing) {
        return closing.later(
                new MeasuredPermits(
                        placed.measurement(),
                        settings.merge()::rules,
                        RememberedFidelities.of(placed.model()),
                        metrics));
    }

    private static ServedBase identity(OpenedModel opened, BaseWeights weights, MemoryShare share) {
        var content = SystemFingerprint.content(opened.base(), weights.content());
        var numericMode = opened.device().numericMode();
        var fingerprint =
                SystemFingerprint.of(
                        opened.base(),
                        Optional.of(content),
                        numericMode,
                        opened.weightType(),
                        share.cache().dtype());
        return new ServedBase(content, fingerprint, numericMode);
    }

    private void warn(MemoryShare share, BaseModel model, long copies) {
        var cache = share.cache();
        if (settings.policy().mayMerge() && cache.mergeBytes() < copies) {
            log.warn(
                    "Merged weights may need {} MB, twice those of an adapter on all matrices while"
                            + " one takes the place of another; {} MB are left for them",
                    Math.ceilDiv(copies, 1 << 20),
                    cache.mergeBytes() >> 20);
        }
        if (cache.maxModelLength() < model.spec().maxPositions() && settings.maxModelLen() == 0) {
            log.warn(
                    "Prompt and answer may have {} tokens together on {}, as the KV cache holds no more; the model allows {}. It would hold more with {}",
                    cache.maxModelLength(),
                    share.words(),
                    model.spec().maxPositions(),
                    settings.kvCache().size().toBytes() > 0
                            ? "a larger dlora.kv-cache.size"
                            : share.books().bound().remedy() + ", or by dlora.kv-cache.size");
        }
    }
}
