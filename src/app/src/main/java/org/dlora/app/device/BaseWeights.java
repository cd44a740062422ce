package org.dlora.app.device;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.app.settings.DloraProperties;
import org.dlora.device.Device;
import org.dlora.engine.merging.MergeProbe;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.Progress;
import org.dlora.model.BaseModel;
import org.dlora.model.cache.CachedWeights;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.tensor.DType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The base model's weights, once on each device. */
public final class BaseWeights {
    private static final Logger log = LoggerFactory.getLogger(BaseWeights.class);

    private final BaseModel model;
    private final Map<String, DecoderWeights> byDevice = new HashMap<>();
    private final List<CachedWeights> packers = new ArrayList<>();

    private BaseWeights(BaseModel model) {
        this.model = model;
    }

    /**
     * Packs the model for each device, or takes it from the cache of packed weights, and corrects
     * the plans of their memories.
     *
     * @param maxModelLength positions that a sequence takes at most
     */
    public static BaseWeights pack(
            BaseModel model,
            ServedDevices devices,
            DloraProperties settings,
            int maxModelLength,
            Clock clock,
            Closing closing) {
        var packed = new BaseWeights(model);
        for (var one : devices.all()) {
            var weights = packed.pack(one.device(), settings, maxModelLength, clock, closing);
            if (one.isIndexed()) {
                weights.indexOutput();
            }
            one.weights().correct(weights.bytes());
            packed.byDevice.put(one.device().name(), weights);
        }
        return packed;
    }

    private DecoderWeights pack(
            Device device,
            DloraProperties settings,
            int maxModelLength,
            Clock clock,
            Closing closing) {
        var weightType = DecoderWeights.storage(model, settings.dtype());
        var packer =
                closing.later(
                        settings.cache()
                                .map(kept -> kept.open(model.tensors(), device, weightType))
                                .orElseGet(() -> CachedWeights.none(device)));
        packers.add(packer);
        var layers = new Progress(log, clock, "Packed layer", model.spec().layers());
        return closing.later(
                DecoderWeights.pack(
                        model,
                        device,
                        packer,
                        settings.dtype(),
                        maxModelLength,
                        done -> {
                            closing.goOn();
                            if (!packer.isFound()) {
                                layers.reached(done);
                            }
                        }));
    }

    /** Returns the weights on a device. */
    public DecoderWeights on(Device device) {
        return requireNonNull(byDevice.get(device.name()));
    }

    /** Returns the hash of the checkpoint's files, if the cache needed it. */
    public Optional<String> content() {
        return packers.getFirst().content();
    }

    /** Begins to write the packed weights to the cache. */
    public void keep(Closing closing) {
        packers.forEach(packer -> closing.later(packer.keep()));
    }

    /**
     * Returns the measurement of merged weights' accuracy, on the device that an adapter is on. It
     * runs on one thread, beside the replicas.
     *
     * @param kvDtype dtype of keys and values in the replicas
     */
    public Function<AdapterWeights, MergeFidelity> measurement(
            ServedDevices devices, DType kvDtype, Closing closing) {
        var prompt = model.tokenizer().encode(MergeProbe.PROMPT, true);
        var probes = new HashMap<String, MergeProbe>();
        for (var one : devices.all()) {
            var device = one.device();
            probes.put(
                    device.name(),
                    closing.later(
                            new MergeProbe(model.spec(), on(device), device, 1, kvDtype, prompt)));
        }
        return adapter ->
                requireNonNull(probes.get(adapter.device())).measure(adapter).orElseThrow();
    }
}
