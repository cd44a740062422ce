package org.dlora.engine;

import org.dlora.device.RaggedBatch;
import org.dlora.model.LoraGroups;

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
    void forward(RaggedBatch batch, LoraGroups lora, int[] logitRows);

    /** Copies the logits of row {@code logitRows[index]} of the last step, {@code [vocab]}. */
    void read(int index, float[] logits);

    @Override
    void close();
}
