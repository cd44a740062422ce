package org.dlora.engine.step;

import java.util.Optional;
import org.dlora.device.KvCache;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.engine.merging.ReplicaWeights;
import org.dlora.engine.weights.AdapterGroups;

/**
 * The model as the engine sees it: rows in, logits out, keys and values kept in blocks. It belongs
 * to one replica and is called from its thread.
 */
public interface ModelRunner extends AutoCloseable {

    /** Returns the number of logits of a row. */
    int vocabSize();

    /**
     * Runs one step.
     *
     * @param logitRows rows whose logits are wanted, ascending; may be empty
     */
    void forward(RaggedBatch batch, AdapterGroups lora, int[] logitRows);

    /** Returns the KV cache; empty if there is none whose blocks could be withheld. */
    default Optional<KvCache> cache() {
        return Optional.empty();
    }

    /** Returns the weights that steps read; they are changed between steps. */
    ReplicaWeights merge();

    /**
     * Finds the largest logit of each of the rows {@code logitRows[indices[i]]} of the last step;
     * see {@link org.dlora.device.Operations#argMax}.
     */
    void argMax(int[] indices, int[] tokens);

    /**
     * Finds the {@code k} largest logits of each of the rows {@code logitRows[indices[i]]} of the
     * last step; see {@link org.dlora.device.Operations#largest}.
     */
    void largest(int[] indices, int k, int[] tokens, float[] values);

    /**
     * Hands the logits {@code [vocab]} of rows of the last step to {@code use}, on several threads
     * at once. The rows are {@code logitRows[indices[i]]}; see {@link
     * org.dlora.device.Operations#forEachRow}.
     */
    void forEach(int[] indices, RowUse use);

    @Override
    void close();
}
