package org.dlora.scheduling.dispatch;

import java.util.ArrayList;
import java.util.List;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepShape;
import org.jspecify.annotations.Nullable;

/**
 * A replica written down for a test. A step takes 10 ms, a row 1 ms, and a LoRA group 4 ms; it has
 * 8 places and 100 blocks.
 */
final class OutlookSketch {
    static final LoraFacts LORA = new LoraFacts(16, 1_000_000, 0, 0);

    static final CostModel COSTS =
            new CostModel() {
                @Override
                public double step(StepShape shape) {
                    return 0.010 + 0.001 * shape.rows() + 0.004 * shape.groups().size();
                }

                @Override
                public double merge(LoraFacts lora) {
                    return 1;
                }
            };

    private final String id;
    private CostModel costs = COSTS;
    private int running;
    private int waiting;
    private int free = 100;
    private long context;
    private long prefill;
    private double remaining;
    private int prefix;
    private AdapterPresence presence = new AdapterPresence.Resident();
    private final List<BatchShare> batch = new ArrayList<>();
    private @Nullable MergedAdapter merged;
    private @Nullable String unavailable;

    OutlookSketch(String id) {
        this.id = id;
    }

    static DispatchRequest request(String adapter, int prompt, int output) {
        return new DispatchRequest(AdapterRef.of(adapter), LORA, prompt, output, false);
    }

    OutlookSketch costs(CostModel other) {
        costs = other;
        return this;
    }

    /** Adds sequences that decode, with 2 blocks each. */
    OutlookSketch running(String adapter, int count, int outputTokens) {
        running += count;
        free -= 2 * count;
        context += 20L * count;
        remaining += count * outputTokens;
        batch.add(new BatchShare(adapter, LORA, count));
        return this;
    }

    /** Adds sequences that have no place. */
    OutlookSketch waiting(int count, int promptTokens, int outputTokens) {
        waiting += count;
        prefill += (long) count * promptTokens;
        remaining += count * outputTokens;
        return this;
    }

    OutlookSketch free(int blocks) {
        free = blocks;
        return this;
    }

    OutlookSketch prefix(int tokens) {
        prefix = tokens;
        return this;
    }

    OutlookSketch presence(AdapterPresence other) {
        presence = other;
        return this;
    }

    OutlookSketch absent(double seconds) {
        return presence(new AdapterPresence.Absent(seconds));
    }

    OutlookSketch merged(String adapter, boolean isMixable) {
        merged = new MergedAdapter(adapter, LORA, isMixable);
        return this;
    }

    OutlookSketch unavailable(String reason) {
        unavailable = reason;
        return this;
    }

    ReplicaOutlook outlook() {
        return new ReplicaOutlook(
                new ReplicaLoad(id, running, waiting, free, 100),
                unavailable,
                costs,
                new StepLimits(8, 64, 16),
                batch,
                merged,
                context,
                prefill,
                remaining,
                presence,
                prefix);
    }
}
