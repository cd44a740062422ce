package org.dlora.device.cuda.operations;

import java.util.ArrayList;
import java.util.List;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.Step;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.cuda.driver.GraphCache;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.memory.CudaKvCache;

/** A step on a GPU. */
final class CudaStep implements Step {
    private final Stream stream;
    private final GraphCache graphs;
    private final RowPadding padding;
    private final CudaStepRows rows;
    private final StepTerms terms;
    private final CudaRows rowOperations;
    private final CudaAttention attentionOperations;
    private final CudaLora loraOperations;
    private final List<CudaKvCache> caches = new ArrayList<>();
    private boolean isOpen = true;

    CudaStep(
            Stream stream,
            GraphCache graphs,
            RowPadding padding,
            CudaStepRows rows,
            StepTerms terms,
            CudaRows rowOperations,
            CudaAttention attentionOperations,
            CudaLora loraOperations) {
        this.stream = stream;
        this.graphs = graphs;
        this.padding = padding;
        this.rows = rows;
        this.terms = terms;
        this.rowOperations = rowOperations;
        this.attentionOperations = attentionOperations;
        this.loraOperations = loraOperations;
    }

    boolean isOpen() {
        return isOpen;
    }

    private void enter() {
        if (!isOpen) {
            throw new IllegalStateException("The step is closed");
        }
        stream.context().enter();
    }

    @Override
    public void embed(WeightMatrix table, Activations out) {
        enter();
        rowOperations.embed(table, rows, out);
    }

    @Override
    public void lora(int index, Activations x, Activations y) {
        enter();
        loraOperations.apply(terms.at(index), x, y);
    }

    @Override
    public void loraEmbed(int index, Activations out) {
        enter();
        loraOperations.applyEmbedding(terms.at(index), out);
    }

    @Override
    public void rope(Activations qkv, AttentionShape shape, WeightVector cos, WeightVector sin) {
        enter();
        attentionOperations.rope(qkv, shape, cos, sin);
    }

    @Override
    public void writeKv(Activations qkv, AttentionShape shape, KvCache cache, int layer) {
        enter();
        uses(attentionOperations.writeKv(qkv, shape, cache, layer));
    }

    @Override
    public void attention(
            Activations qkv, AttentionShape shape, KvCache cache, int layer, Activations out) {
        enter();
        uses(attentionOperations.attention(qkv, shape, cache, layer, out));
    }

    private void uses(CudaKvCache cache) {
        if (!caches.contains(cache)) {
            caches.add(cache);
        }
    }

    @Override
    public void gather(Activations x, Activations out) {
        enter();
        rowOperations.gather(x, rows, out);
    }

    @Override
    public void close() {
        if (isOpen) {
            isOpen = false;
            padding.set(false);
            stream.context().enter();
            graphs.end();
            caches.forEach(cache -> cache.usedBy(stream));
        }
    }
}
