package org.dlora.engine.opening;

import java.util.Map;
import java.util.OptionalInt;
import org.dlora.device.Device;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.replica.SchedulingSettings;

/**
 * Factory of a replica's incarnations, which have the same settings, weights and meters.
 *
 * @param threads CPU threads, 0 = the device's choice
 * @param copies gives each incarnation the memory for its copies of merged weights
 */
public record ReplicaIncarnations(
        ReplicaSettings settings,
        BaseModel model,
        DecoderWeights weights,
        Device device,
        int threads,
        MergePermits permits,
        ReplicaMetrics metrics,
        CopyMemories copies) {

    /** Source of the memory for copies of merged weights. */
    @FunctionalInterface
    public interface CopyMemories {
        /** Returns the memory of a replica that starts, whose copies never exceed {@code limit}. */
        CopyMemory of(String replica, long limit);
    }

    /**
     * Starts an incarnation without adapters, to be warmed up.
     *
     * @param kvBlocks usable KV blocks that it begins with; empty = those of the settings
     */
    public Replica start(OptionalInt kvBlocks, SchedulingSettings scheduling) {
        var replica =
                new Replica(
                        kvBlocks.isPresent()
                                ? settings.withUsableKvBlocks(kvBlocks.getAsInt())
                                : settings,
                        model,
                        weights,
                        device,
                        threads,
                        Map.of(),
                        permits,
                        scheduling,
                        metrics,
                        copies.of(settings.id(), settings.mergeBytes()));
        try {
            replica.start();
            return replica;
        } catch (RuntimeException | Error e) {
            replica.close();
            throw e;
        }
    }
}
