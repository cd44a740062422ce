package org.dlora.device.cpu;

import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.LoraBatch;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.cpu.attention.AttentionOperations;
import org.dlora.device.cpu.lora.LoraOperations;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.rows.RowOperations;
import org.dlora.device.cpu.threads.Workers;

/**
 * A step on the CPU. Nothing is recorded: the workers compute the operations as they are called.
 * Its end waits for them, and throws what one of them threw.
 */
final class CpuStep implements Step {
    private final RaggedBatch batch;
    private final int[] logitRows;
    private final LoraBatch lora;
    private final RowOperations rowOperations;
    private final AttentionOperations attentionOperations;
    private final LoraOperations loraOperations;
    private final Workers workers;
    private boolean isOpen = true;

    CpuStep(
            RaggedBatch batch,
            int[] logitRows,
            LoraBatch lora,
            RowOperations rowOperations,
            AttentionOperations attentionOperations,
            LoraOperations loraOperations,
            Workers workers) {
        this.batch = batch;
        this.logitRows = logitRows;
        this.lora = lora;
        this.rowOperations = rowOperations;
        this.attentionOperations = attentionOperations;
        this.loraOperations = loraOperations;
        this.workers = workers;
        attentionOperations.begin(batch);
        workers.begin();
    }

    boolean isOpen() {
        return isOpen;
    }

    private void requireOpen() {
        if (!isOpen) {
            throw new IllegalStateException("The step is closed");
        }
    }

    @Override
    public void embed(WeightMatrix table, Activations out) {
        requireOpen();
        rowOperations.embed(table, batch.tokens(), out);
    }

    @Override
    public void lora(int index, Activations x, Activations y) {
        requireOpen();
        loraOperations.lora(index, lora.at(index), CpuActivations.of(x), CpuActivations.of(y));
    }

    @Override
    public void loraEmbed(int index, Activations out) {
        requireOpen();
        loraOperations.loraEmbed(lora.at(index), batch.tokens(), CpuActivations.of(out));
    }

    @Override
    public void rope(Activations qkv, AttentionShape shape, WeightVector cos, WeightVector sin) {
        requireOpen();
        attentionOperations.rope(qkv, shape, cos, sin);
    }

    @Override
    public void writeKv(Activations qkv, AttentionShape shape, KvCache cache, int layer) {
        requireOpen();
        attentionOperations.writeKv(qkv, shape, cache, layer);
    }

    @Override
    public void attention(
            Activations qkv, AttentionShape shape, KvCache cache, int layer, Activations out) {
        requireOpen();
        attentionOperations.attention(qkv, shape, cache, layer, out);
    }

    @Override
    public void gather(Activations x, Activations out) {
        requireOpen();
        rowOperations.gather(x, logitRows, out);
    }

    @Override
    public void close() {
        isOpen = false;
        workers.end();
    }
}
