package org.dlora.device.cpu;

import static org.dlora.device.cpu.Arguments.buffer;
import static org.dlora.device.cpu.Arguments.check;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.LoraGroup;
import org.dlora.device.MergeLoss;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.device.WeightVector;

/** Checks the arguments of each operation and shares its work out to a {@link Team}. */
final class CpuOperations implements Operations {
    private static final long ALONE = Crew.ALONE;

    private final Kernels kernels;
    private final LinearKernels linear;
    private final Team team;
    private final Scratch[] scratches;
    private final Scratch shrunk = new Scratch();
    private final KnownTerms terms = new KnownTerms();
    private final RowOperations rows;
    private final AttentionOperations attention;
    private final MergeOperations merges;

    CpuOperations(KernelChoice choice, Team team) {
        this.kernels = choice.kernels();
        this.linear = choice.linear();
        this.team = team;
        this.scratches = new Scratch[team.size()];
        Arrays.setAll(scratches, _ -> new Scratch());
        var crew = new Crew(team, scratches);
        this.rows = new RowOperations(choice, crew);
        this.attention = new AttentionOperations(choice, crew);
        this.merges = new MergeOperations(choice, crew);
    }

    private int members(long cost) {
        return cost < ALONE ? 1 : team.size();
    }

    @Override
    public Activations activations(int rows, int width) {
        return new CpuActivations(rows, width);
    }

    @Override
    public void embed(WeightMatrix table, int[] tokens, Activations out) {
        rows.embed(table, tokens, out);
    }

    @Override
    public void rmsNorm(Activations x, int count, WeightVector weight, float eps, Activations out) {
        rows.rmsNorm(x, count, weight, eps, out);
    }

    @Override
    public void addRmsNorm(
            Activations x,
            Activations residual,
            int count,
            WeightVector weight,
            float eps,
            Activations out) {
        rows.addRmsNorm(x, residual, count, weight, eps, out);
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
        var grid = Grid.of(rows, members((long) rows * w.rows() * w.columns()));
        int tile = linear.panelTile();
        team.split(
                grid.parts(),
                grid.parts(),
                (_, part, _) -> {
                    int row = grid.firstRow(part, rows);
                    linear.linear(
                            grid.panels(part, w, tile),
                            in.rowsFrom(row, 0),
                            out.rowsFrom(row, 0),
                            grid.endRow(part, rows) - row,
                            b.orElse(null));
                });
    }

    @Override
    public void lora(List<LoraGroup> groups, Activations x, Activations y) {
        var in = buffer(x);
        var out = buffer(y);
        var known = terms.find(groups, in, out);
        if (known.isPresent()) {
            Lora.run(known.get(), in, out, team, ALONE);
        } else {
            new Lora(kernels, linear, groups, in, out, shrunk, terms, team.size())
                    .run(team, scratches, ALONE);
        }
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
            int count,
            int firstColumn,
            int heads,
            int headDim,
            WeightVector weight,
            float eps) {
        rows.headNorm(qkv, count, firstColumn, heads, headDim, weight, eps);
    }

    @Override
    public void rope(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            WeightVector cos,
            WeightVector sin) {
        attention.rope(qkv, batch, shape, cos, sin);
    }

    @Override
    public void writeKv(
            Activations qkv, RaggedBatch batch, AttentionShape shape, KvCache cache, int layer) {
        attention.writeKv(qkv, batch, shape, cache, layer);
    }

    @Override
    public void attention(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            KvCache cache,
            int layer,
            Activations out) {
        attention.attention(qkv, batch, shape, cache, layer, out);
    }

    @Override
    public void siluMul(Activations gateUp, int count, Activations out) {
        rows.siluMul(gateUp, count, out);
    }

    @Override
    public void gatherRows(Activations x, int[] indices, Activations out) {
        rows.gatherRows(x, indices, out);
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
    public void argMax(Activations x, int[] indices, int[] out) {
        rows.argMax(x, indices, out);
    }

    @Override
    public void forEachRow(Activations x, int[] indices, RowUse use) {
        rows.forEachRow(x, indices, use);
    }

    @Override
    public void merge(WeightUpdate update, int fromRow, int toRow, WeightMatrix live) {
        merges.merge(update, fromRow, toRow, live);
    }

    @Override
    public MergeLoss mergeLoss(WeightUpdate update, int fromRow, int toRow) {
        return merges.loss(update, fromRow, toRow);
    }

    /** Ends the team; buffers are closed by their owners. */
    @Override
    public void close() {
        team.close();
        for (Scratch scratch : scratches) {
            scratch.close();
        }
        shrunk.close();
        terms.close();
        attention.close();
        merges.close();
    }
}
