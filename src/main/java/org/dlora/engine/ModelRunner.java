package org.dlora.engine;

import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;

/**
 * The model as the engine sees it: rows in, logits out, keys and values kept in blocks. One
 * replica's, called from its thread.
 */
interface ModelRunner extends AutoCloseable {

    /** Logits of a row. */
    int vocabSize();

    /**
     * Runs one step.
     *
     * @param logitRows rows whose logits are wanted, ascending; may be empty
     */
    void forward(RaggedBatch batch, AdapterGroups lora, int[] logitRows);

    /** What the steps compute with; to be changed between them. */
    ReplicaWeights merge();

    /**
     * The largest logit of each of the rows {@code logitRows[indices[i]]} of the last step; see
     * {@link org.dlora.device.Operations#argMax}.
     */
    void argMax(int[] indices, int[] tokens);

    /**
     * Hands the logits {@code [vocab]} of the rows {@code logitRows[indices[i]]} of the last step
     * to {@code use}, on several threads at once; see {@link
     * org.dlora.device.Operations#forEachRow}.
     */
    void forEach(int[] indices, RowUse use);

    @Override
    void close();
}
