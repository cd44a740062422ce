package org.dlora.device.cpu;

import static org.dlora.device.cpu.Arguments.buffer;
import static org.dlora.device.cpu.Arguments.check;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.RowUse;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;

/** Checks the arguments of each operation and shares its work out to a {@link Team}. */
final class CpuOperations implements Operations {
    /** Multiply-adds below which a hand-off to other threads costs more than it gains. */
    private static final long ALONE = 1 << 16;

    /** Multiply-adds that an element of a row-wise operation is worth. */
    private static final int ELEMENT_COST = 8;

    /** Rows of x in a unit of {@link #linear}, so that there are units for many threads. */
    private static final int ROW_BLOCK = 64;

    private final Kernels kernels;
    private final LinearKernels linear;
    private final Team team;
    private final Scratch[] scratches;
    private final RowCopies copies;
    private final Scratch shrunk = new Scratch();

    CpuOperations(KernelChoice choice, Team team) {
        this.kernels = choice.kernels();
        this.linear = choice.linear();
        this.team = team;
        this.scratches = new Scratch[team.size()];
        Arrays.setAll(scratches, _ -> new Scratch());
        this.copies = new RowCopies(team.size());
    }

    private int members(long cost) {
        return cost < ALONE ? 1 : team.size();
    }

    private void eachRow(int rows, int width, IntConsumer row) {
        team.split(
                rows,
                members((long) rows * width * ELEMENT_COST),
                (_, from, to) -> {
                    for (int i = from; i < to; i++) {
                        row.accept(i);
                    }
                });
    }

    @Override
    public Activations activations(int rows, int width) {
        return new CpuActivations(rows, width);
    }

    @Override
    public void embed(WeightMatrix table, int[] tokens, Activations out) {
        PanelMatrix t = Arguments.matrix(table);
        CpuActivations o = buffer(out);
        Arguments.rows(tokens.length, o);
        Arguments.width(o, "embedding output", t.columns());
        for (int token : tokens) {
            Arguments.index("token", token, t.rows());
        }
        eachRow(
                tokens.length,
                t.columns(),
                row -> t.copyRow(tokens[row], o.segment(), o.offset(row)));
    }

    @Override
    public void rmsNorm(Activations x, int rows, WeightVector weight, float eps, Activations out) {
        CpuActivations in = buffer(x);
        CpuActivations o = buffer(out);
        CpuVector w = Arguments.vector(weight);
        Arguments.rows(rows, in, o);
        Arguments.width(in, "x", w.size());
        Arguments.width(o, "out", w.size());
        eachRow(rows, w.size(), row -> norm(in, row, w, eps, o));
    }

    @Override
    public void addRmsNorm(
            Activations x,
            Activations residual,
            int rows,
            WeightVector weight,
            float eps,
            Activations out) {
        CpuActivations in = buffer(x);
        CpuActivations sum = buffer(residual);
        CpuActivations o = buffer(out);
        CpuVector w = Arguments.vector(weight);
        Arguments.rows(rows, in, sum, o);
        Arguments.width(in, "x", w.size());
        Arguments.width(sum, "residual", w.size());
        Arguments.width(o, "out", w.size());
        eachRow(
                rows,
                w.size(),
                row -> {
                    kernels.add(
                            in.segment(), in.offset(row), sum.segment(), sum.offset(row), w.size());
                    norm(sum, row, w, eps, o);
                });
    }

    private void norm(CpuActivations x, int row, CpuVector weight, float eps, CpuActivations out) {
        kernels.rmsNorm(
                x.segment(),
                x.offset(row),
                weight.segment(),
                eps,
                out.segment(),
                out.offset(row),
                weight.size());
    }

    @Override
    public void linear(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations y) {
        PanelMatrix w = Arguments.matrix(weight);
        CpuActivations in = buffer(x);
        CpuActivations out = buffer(y);
        Optional<CpuVector> b = bias.map(Arguments::vector);
        Arguments.rows(rows, in, out);
        Arguments.width(in, "x", w.columns());
        Arguments.width(out, "y", w.rows());
        b.ifPresent(v ->
                check(
                        v.size() == w.rows(),
                        () -> "bias of %d: expected %d".formatted(v.size(), w.rows())));
        int tile = linear.panelTile();
        var rectangles =
                new Rectangles(Math.ceilDiv(w.panels(), tile), Math.ceilDiv(rows, ROW_BLOCK));
        team.split(
                rectangles.units(),
                members((long) rows * w.rows() * w.columns()),
                (_, from, to) ->
                        rectangles.each(
                                from,
                                to,
                                (fromTile, toTile, fromBlock, toBlock) -> {
                                    int row = fromBlock * ROW_BLOCK;
                                    linear.linear(
                                            w,
                                            fromTile * tile,
                                            Math.min(toTile * tile, w.panels()),
                                            in.rowsFrom(row, 0),
                                            out.rowsFrom(row, 0),
                                            Math.min(toBlock * ROW_BLOCK, rows) - row,
                                            b.orElse(null));
                                }));
    }

    @Override
    public void lora(List<LoraGroup> groups, Activations x, Activations y) {
        new Lora(kernels, linear, groups, buffer(x), buffer(y), shrunk).run(team, scratches, ALONE);
    }

    @Override
    public void loraEmbed(List<LoraGroup> groups, int[] tokens, Activations out) {
        var lora = new EmbeddingLora(kernels, linear, groups, tokens, buffer(out), shrunk);
        team.claim(
                lora.units(),
                members(lora.cost()),
                (member, unit) -> lora.run(unit, scratches[member]));
    }

    @Override
    public void headNorm(
            Activations qkv,
            int rows,
            int firstColumn,
            int heads,
            int headDim,
            WeightVector weight,
            float eps) {
        CpuActivations x = buffer(qkv);
        CpuVector w = Arguments.vector(weight);
        Arguments.rows(rows, x);
        check(
                w.size() == headDim,
                () -> "head norm of %d: expected %d".formatted(w.size(), headDim));
        check(
                firstColumn >= 0 && firstColumn + heads * headDim <= x.width(),
                () ->
                        "%d heads of %d from column %d on: the rows have width %d"
                                .formatted(heads, headDim, firstColumn, x.width()));
        eachRow(
                rows,
                heads * headDim,
                row -> {
                    for (int head = 0; head < heads; head++) {
                        long offset = x.offset(row) + 4L * (firstColumn + head * headDim);
                        kernels.rmsNorm(
                                x.segment(),
                                offset,
                                w.segment(),
                                eps,
                                x.segment(),
                                offset,
                                headDim);
                    }
                });
    }

    @Override
    public void rope(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            WeightVector cos,
            WeightVector sin) {
        CpuActivations x = buffer(qkv);
        CpuVector c = Arguments.vector(cos);
        CpuVector s = Arguments.vector(sin);
        Arguments.fused(x, batch, shape);
        check(
                shape.headDim() % 2 == 0,
                () -> "head dimension %d: rotation needs pairs".formatted(shape.headDim()));
        int half = shape.headDim() / 2;
        for (int position : batch.positions()) {
            Arguments.index("rotary position", position, Math.min(c.size(), s.size()) / half);
        }
        int heads = shape.heads() + shape.kvHeads();
        eachRow(
                batch.rows(),
                heads * shape.headDim(),
                row -> {
                    long table = 4L * batch.positions()[row] * half;
                    for (int head = 0; head < heads; head++) {
                        long offset = x.offset(row) + 4L * head * shape.headDim();
                        kernels.rotate(x.segment(), offset, half, c.segment(), s.segment(), table);
                    }
                });
    }

    @Override
    public void writeKv(
            Activations qkv, RaggedBatch batch, AttentionShape shape, KvCache cache, int layer) {
        CpuActivations x = buffer(qkv);
        Arguments.fused(x, batch, shape);
        CpuKvCache kv = Arguments.cache(cache, shape, layer, batch);
        for (Chunk chunk : batch.chunks()) {
            for (int row = 0; row < chunk.rows(); row++) {
                writeKv(x, chunk, row, shape, kv, layer);
            }
        }
    }

    private static void writeKv(
            CpuActivations x,
            Chunk chunk,
            int row,
            AttentionShape shape,
            CpuKvCache cache,
            int layer) {
        int position = chunk.firstPosition() + row;
        int block = chunk.blockTable()[position / KvLayout.BLOCK_TOKENS];
        int slot = position % KvLayout.BLOCK_TOKENS;
        long headBytes = 4L * shape.headDim();
        long key = x.offset(chunk.firstRow() + row) + shape.heads() * headBytes;
        for (int head = 0; head < shape.kvHeads(); head++, key += headBytes) {
            cache.write(
                    layer, block, slot, head, x.segment(), key, key + shape.kvHeads() * headBytes);
        }
    }

    @Override
    public void attention(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            KvCache cache,
            int layer,
            Activations out) {
        CpuActivations x = buffer(qkv);
        CpuActivations o = buffer(out);
        Arguments.fused(x, batch, shape);
        Arguments.rows(batch.rows(), o);
        Arguments.width(o, "attention output", shape.outWidth());
        var attention =
                new Attention(
                        kernels, shape, Arguments.cache(cache, shape, layer, batch), layer, x, o);
        List<Attention.Unit> units = attention.units(batch);
        long cost = units.stream().mapToLong(Attention.Unit::cost).sum();
        team.claim(
                units.size(),
                members(cost),
                (member, unit) -> attention.run(units.get(unit), scratches[member]));
    }

    @Override
    public void siluMul(Activations gateUp, int rows, Activations out) {
        CpuActivations x = buffer(gateUp);
        CpuActivations o = buffer(out);
        int n = o.width();
        Arguments.rows(rows, x, o);
        Arguments.width(x, "gate and up", 2 * n);
        eachRow(
                rows,
                2 * n,
                row ->
                        kernels.siluMul(
                                x.segment(),
                                x.offset(row),
                                x.offset(row) + 4L * n,
                                o.segment(),
                                o.offset(row),
                                n));
    }

    @Override
    public void gatherRows(Activations x, int[] rows, Activations out) {
        CpuActivations in = buffer(x);
        CpuActivations o = buffer(out);
        Arguments.rows(rows.length, o);
        Arguments.width(o, "gathered rows", in.width());
        for (int i = 0; i < rows.length; i++) {
            Arguments.index("row", rows[i], in.rows());
            MemorySegment.copy(
                    in.segment(), in.offset(rows[i]), o.segment(), o.offset(i), 4L * in.width());
        }
    }

    @Override
    public void read(Activations x, int row, float[] out) {
        CpuActivations in = buffer(x);
        Arguments.index("row", row, in.rows());
        check(
                out.length == in.width(),
                () -> "array of %d: expected %d, a row's width".formatted(out.length, in.width()));
        in.read(row, out);
    }

    @Override
    public void argMax(Activations x, int[] rows, int[] out) {
        CpuActivations in = buffer(x);
        Arguments.indices("row", rows, in.rows());
        check(
                out.length == rows.length,
                () ->
                        "array of %d: expected %d, one for each row"
                                .formatted(out.length, rows.length));
        eachRow(
                rows.length,
                in.width(),
                i -> out[i] = kernels.argMax(in.segment(), in.offset(rows[i]), in.width()));
    }

    @Override
    public void forEachRow(Activations x, int[] rows, RowUse use) {
        CpuActivations in = buffer(x);
        Arguments.indices("row", rows, in.rows());
        team.claim(
                rows.length,
                members((long) rows.length * in.width() * ELEMENT_COST),
                (member, unit) -> use.accept(unit, copies.read(member, in, rows[unit])));
    }

    /** Ends the team; buffers are closed by their owners. */
    @Override
    public void close() {
        team.close();
        for (Scratch scratch : scratches) {
            scratch.close();
        }
        shrunk.close();
    }
}
