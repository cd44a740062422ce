package org.dlora.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.constraint.Constraint;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.device.Device;
import org.dlora.engine.merging.AdapterFacts;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.step.ModelRunner;
import org.dlora.engine.step.TextStream;
import org.dlora.engine.step.TransformerRunner;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;

/**
 * The model that a replica serves, with its adapters.
 *
 * @param endTokens end a sequence unless it ignores them
 * @param adapters by the id that requests use; those there at the start
 * @param constraints compiles the constraints of requests; any thread's
 */
record ReplicaModel(
        ModelRunner runner,
        TextStream.Factory texts,
        Set<Integer> endTokens,
        Map<String, AdapterTerms> adapters,
        Function<ConstraintDefinition, Constraint> constraints) {
    ReplicaModel {
        endTokens = Set.copyOf(endTokens);
        adapters = Map.copyOf(adapters);
    }

    /** A model whose requests cannot have constraints. */
    ReplicaModel(
            ModelRunner runner,
            TextStream.Factory texts,
            Set<Integer> endTokens,
            Map<String, AdapterTerms> adapters) {
        this(
                runner,
                texts,
                endTokens,
                adapters,
                _ -> {
                    throw new IllegalArgumentException("The model has no vocabulary to constrain");
                });
    }

    /** Returns the same model with other adapters. */
    ReplicaModel with(Map<String, AdapterTerms> others) {
        return new ReplicaModel(runner, texts, endTokens, others, constraints);
    }

    /**
     * Puts {@code weights} to work on a share of {@code device}.
     *
     * @param threads CPU threads, 0 = the device's choice
     * @param copies memory for copies of merged weights
     * @throws IllegalArgumentException if sequences can be longer than the weights' rotary tables
     */
    static ReplicaModel open(
            ReplicaSettings settings,
            BaseModel model,
            DecoderWeights weights,
            Device device,
            int threads,
            Map<String, AdapterWeights> adapters,
            MergePermits permits,
            CopyMemory copies) {
        if (settings.maxModelLength() > weights.maxPositions()) {
            throw new IllegalArgumentException(
                    "The maximum model length is %d, but the weights were packed for %d positions"
                            .formatted(settings.maxModelLength(), weights.maxPositions()));
        }
        var terms = new HashMap<String, AdapterTerms>();
        var facts = new AdapterFacts(model.spec(), weights, permits, settings.mergeBytes());
        adapters.forEach((id, adapter) -> terms.put(id, facts.of(adapter)));
        return new ReplicaModel(
                TransformerRunner.open(
                        model.spec(),
                        weights,
                        settings.kvLayout(model.spec()),
                        settings.usableKvBlocks(),
                        settings.limits(),
                        copies,
                        device,
                        threads),
                TextStream.of(model.tokenizer()),
                model.generation().endTokens(),
                terms,
                definition -> model.constraints().compile(definition));
    }
}
