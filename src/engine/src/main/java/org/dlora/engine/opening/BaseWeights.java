package org.dlora.engine.opening;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.device.Device;
import org.dlora.engine.merging.MergeProbe;
import org.dlora.model.BaseModel;
import org.dlora.model.cache.CachedWeights;
import org.dlora.model.cache.WeightsCache;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The base model's weights, once on each device. */
public final class BaseWeights {
    private static final Logger log = LoggerFactory.getLogger(BaseWeights.class);

    private final BaseModel model;
    private final WeightPrecision precision;
    private final Optional<WeightsCache> cache;
    private final Clock clock;
    private final Closing closing;
    private final Map<String, Packed> byDevice = new LinkedHashMap<>();

    private record Packed(Device device, CachedWeights packer, DecoderWeights weights) {}

    /**
     * Packs nothing yet.
     *
     * @param cache of packed weights; empty if it is off
     * @param closing closes the weights
     */
    public BaseWeights(
            BaseModel model,
            WeightPrecision precision,
            Optional<WeightsCache> cache,
            Clock clock,
            Closing closing) {
        this.model = model;
        this.precision = precision;
        this.cache = cache;
        this.clock = clock;
        this.closing = closing;
    }

    /**
     * Packs the model for a device, or takes its weights from the cache.
     *
     * @param maxModelLength positions that a sequence takes at most
     * @param isIndexed whether the output matrix gets an index, if the device has one for it
     */
    public DecoderWeights pack(Device device, int maxModelLength, boolean isIndexed) {
        var weightType = DecoderWeights.storage(model, precision);
        var packer =
                closing.later(
                        cache.map(kept -> kept.open(model.tensors(), device, weightType))
                                .orElseGet(() -> CachedWeights.none(device)));
        var layers = new Progress(log, clock, "Packed layer", model.spec().layers());
        var weights =
                closing.later(
                        DecoderWeights.pack(
                                model,
                                device,
                                packer,
                                precision,
                                maxModelLength,
                                done -> {
                                    closing.goOn();
                                    if (!packer.isFound()) {
                                        layers.reached(done);
                                    }
                                }));
        if (isIndexed) {
            weights.indexOutput();
        }
        byDevice.put(device.name(), new Packed(device, packer, weights));
        return weights;
    }

    /** Returns the weights on a device for which they were packed. */
    public DecoderWeights on(Device device) {
        return requireNonNull(byDevice.get(device.name())).weights();
    }

    /** Returns the hash of the checkpoint's files, if the cache needed it. */
    public Optional<String> content() {
        return byDevice.values().iterator().next().packer().content();
    }

    /** Begins to write the packed weights to the cache. */
    public void keep() {
        byDevice.values().forEach(packed -> closing.later(packed.packer().keep()));
    }

    /**
     * Returns the measurement of merged weights' accuracy, on the device that an adapter is on. It
     * runs on one thread, beside the replicas.
     *
     * @param kvDtype dtype of keys and values in the replicas
     */
    public Function<AdapterWeights, MergeFidelity> measurement(DType kvDtype) {
        var prompt = model.tokenizer().encode(MergeProbe.PROMPT, true);
        var probes = new HashMap<String, MergeProbe>();
        byDevice.forEach((name, packed) ->
                probes.put(
                        name,
                        closing.later(
                                new MergeProbe(
                                        model.spec(),
                                        packed.weights(),
                                        packed.device(),
                                        1,
                                        kvDtype,
                                        prompt))));
        return adapter ->
                requireNonNull(probes.get(adapter.device())).measure(adapter).orElseThrow();
    }
}
