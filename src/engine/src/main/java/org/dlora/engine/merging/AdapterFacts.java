package org.dlora.engine.merging;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.LoraTerm;
import org.dlora.device.WeightMatrix;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.DecoderSpec;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearSite;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;

/** Facts about adapters of a base model: what they cost, and whether they may be merged. */
public final class AdapterFacts {
    private final MergePermits permits;
    private final long mergeBytes;
    private final boolean isParked;
    private final int layers;

    /** Bytes of the matrix at each site, the same in every layer. */
    private final Map<LinearSite, Long> bytes = new EnumMap<>(LinearSite.class);

    /**
     * Creates the facts about adapters of one model.
     *
     * @param mergeBytes bytes that merged weights may take
     */
    public AdapterFacts(
            DecoderSpec spec, DecoderWeights weights, MergePermits permits, long mergeBytes) {
        this.permits = permits;
        this.mergeBytes = mergeBytes;
        isParked = weights.isParked();
        layers = spec.layers();
        weights.sites().forEach((matrix, site) -> bytes.put(site, matrix.bytes()));
    }

    /** Returns the adapter as a replica serves it. */
    public AdapterTerms of(AdapterWeights adapter) {
        var lora = lora(adapter);
        return new Uploaded(
                adapter, lora, lora.mergeBytes() <= mergeBytes ? permits : _ -> noRoom(lora));
    }

    private MergeRules noRoom(LoraFacts lora) {
        var text =
                isParked
                        ? "its merged weights take %d MB, and the host's memory has %d MB left for them: a smaller Java heap (-Xmx) would leave more"
                        : "its merged weights take %d MB, and the memory has %d MB left for them: a smaller dlora.kv-cache.size would leave more, or a larger memory: of the replica or dlora.memory, where one of them is set, else with a smaller Java heap (-Xmx)";
        return MergeRules.never(
                text.formatted(Math.ceilDiv(lora.mergeBytes(), 1 << 20), mergeBytes >> 20));
    }

    private LoraFacts lora(AdapterWeights adapter) {
        var sum = new Sum();
        LayerSite.all(layers).forEach(at -> add(adapter, at, sum));
        return new LoraFacts(sum.rank, sum.elements, sum.mergeBytes, sum.mergeFlops);
    }

    private void add(AdapterWeights adapter, LayerSite at, Sum sum) {
        for (var term : adapter.terms(at)) {
            if (term instanceof LoraTerm.LowRank low) {
                sum.rank = Math.max(sum.rank, low.a().rows());
                sum.elements += elements(low.a()) + elements(low.b());
            }
        }
        var into = adapter.merge().at(at);
        for (var term : into) {
            sum.mergeFlops += 2L * term.a().rows() * term.b().rows() * term.a().columns();
        }
        sum.mergeBytes += into.isEmpty() ? 0 : bytes.getOrDefault(at.site(), 0L);
    }

    private static long elements(WeightMatrix matrix) {
        return (long) matrix.rows() * matrix.columns();
    }

    private static final class Sum {
        private int rank;
        private long elements;
        private long mergeBytes;
        private long mergeFlops;
    }

    private record Uploaded(AdapterWeights weights, LoraFacts lora, MergePermits permits)
            implements AdapterTerms {
        @Override
        public List<LoraTerm> at(LayerSite at) {
            return weights.terms(at);
        }

        @Override
        public String name() {
            return weights.name();
        }

        @Override
        public Optional<String> content() {
            return Optional.of(weights.version());
        }

        @Override
        public MergeRules rules() {
            return permits.of(weights);
        }

        @Override
        public boolean areRulesFinal() {
            return permits.isFinal(weights);
        }

        @Override
        public MergeTerms merge() {
            return weights.merge();
        }
    }
}
