package org.dlora.engine.embed;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dlora.model.weights.WeightPrecision;

/**
 * Options of an engine.
 *
 * @param device {@code cpu}, or {@code cuda:0} for the first NVIDIA GPU
 * @param precision dtype of the weights
 * @param adapters folders of the adapters that are loaded at the start, by name
 * @param maxBatch most sequences of a step
 * @param maxBatchTokens most token rows of a step
 * @param maxModelLength most tokens of a prompt and its answer together; 0 = the model's limit
 * @param kvCacheBytes memory for keys and values; 0 = enough for a full batch of the longest
 *     sequences, at most 1 GB
 * @param threads CPU threads; 0 = the device's choice
 */
public record EngineOptions(
        String device,
        WeightPrecision precision,
        Map<String, Path> adapters,
        int maxBatch,
        int maxBatchTokens,
        int maxModelLength,
        long kvCacheBytes,
        int threads) {
    /** The options of a base model on the CPU. */
    public static final EngineOptions DEFAULT =
            new EngineOptions("cpu", WeightPrecision.AUTO, Map.of(), 64, 512, 0, 0, 0);

    public EngineOptions {
        adapters = Collections.unmodifiableMap(new LinkedHashMap<>(adapters));
    }

    /** Returns a copy with one more adapter. */
    public EngineOptions withAdapter(String name, Path folder) {
        var more = new LinkedHashMap<>(adapters);
        more.put(name, folder);
        return new EngineOptions(
                device,
                precision,
                more,
                maxBatch,
                maxBatchTokens,
                maxModelLength,
                kvCacheBytes,
                threads);
    }

    /** Returns a copy for another device and dtype of weights. */
    public EngineOptions withDevice(String other, WeightPrecision weights) {
        return new EngineOptions(
                other,
                weights,
                adapters,
                maxBatch,
                maxBatchTokens,
                maxModelLength,
                kvCacheBytes,
                threads);
    }

    /** Returns a copy with another limit of a prompt and its answer. */
    public EngineOptions withMaxModelLength(int tokens) {
        return new EngineOptions(
                device,
                precision,
                adapters,
                maxBatch,
                maxBatchTokens,
                tokens,
                kvCacheBytes,
                threads);
    }
}
