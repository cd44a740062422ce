package org.dlora.device.cuda.operations;

import org.dlora.device.Activations;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.kernels.CudaLoraKernels;
import org.dlora.device.cuda.kernels.CudaRowKernels;
import org.dlora.device.cuda.memory.CudaActivations;

/** The operations that apply LoRA groups to the rows of a step. */
final class CudaLora implements AutoCloseable {
    private final CudaLoraKernels kernels;
    private final CudaRowKernels rowKernels;
    private final CudaProducts products;
    private final RoundedRows rounded;
    private final CudaStepRows rows;
    private final RowPadding padding;
    private final CudaScratch shrunk;

    CudaLora(
            CudaLoraKernels kernels,
            CudaRowKernels rowKernels,
            CudaProducts products,
            RoundedRows rounded,
            CudaStepRows rows,
            RowPadding padding,
            Stream stream) {
        this.kernels = kernels;
        this.rowKernels = rowKernels;
        this.products = products;
        this.rounded = rounded;
        this.rows = rows;
        this.padding = padding;
        this.shrunk = new CudaScratch(stream);
    }

    void apply(CudaLayerTerms terms, Activations x, Activations y) {
        if (terms.isEmpty()) {
            return;
        }
        var in = CudaActivations.of(x);
        var out = CudaActivations.of(y);
        terms.check(in, out);
        long sums = shrunk.atLeast(4L * terms.shrunkFloats());
        if (terms.bf16().count() > 0) {
            kernels.shrinkBf16(
                    terms.bf16(),
                    padding.isOn()
                            ? rounded.of(in, 0, padding.of(terms.endRow(), in))
                            : rounded.of(in, terms.firstRow(), terms.endRow()),
                    RoundedRows.stride(in),
                    sums);
        }
        kernels.shrinkF32(terms.f32(), in.address(), in.width(), sums);
        expand(terms, sums, out);
        terms.forReplacements((group, weight) ->
                products.multiply(
                        weight, 0, in, group.firstRow(), group.firstRow() + group.rows(), out));
    }

    void applyEmbedding(CudaLayerTerms terms, Activations out) {
        if (terms.isEmpty()) {
            return;
        }
        var o = CudaActivations.of(out);
        terms.checkEmbedding(rows.tokenNumbers(), o);
        long columns = shrunk.atLeast(4L * terms.shrunkFloats());
        kernels.shrinkTokens(terms.shrinks(), rows.tokens(), columns);
        expand(terms, columns, o);
        terms.forReplacements((group, table) ->
                rowKernels.embed(
                        table.isBf16(),
                        table.address(),
                        table.stride(),
                        rows.tokens() + 4L * group.firstRow(),
                        group.rows(),
                        o.address(group.firstRow()),
                        o.width()));
    }

    private void expand(CudaLayerTerms terms, long sums, CudaActivations y) {
        for (var round : terms.rounds()) {
            kernels.expand(round, sums, y.address(), y.width());
        }
    }

    @Override
    public void close() {
        shrunk.close();
    }
}
