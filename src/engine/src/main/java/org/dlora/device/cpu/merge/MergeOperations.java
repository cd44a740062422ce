package org.dlora.device.cpu.merge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.MergeLoss;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.device.arguments.MergeArguments;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.device.cpu.threads.Workers;

/** Checks merges, and shares the tiles of a slice out to a {@link Workers}. */
public final class MergeOperations implements AutoCloseable {
    /** Panels of a tile. */
    private static final int PANELS = 4;

    /**
     * Columns of a tile, so that there are tiles for many threads; a multiple of the 6 that kernels
     * in C merge at a time.
     */
    private static final int COLUMNS = 192;

    private final MergeKernels kernels;
    private final Workers workers;

    /** A's columns. */
    private final Scratch inputs = new Scratch();

    public MergeOperations(MergeKernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    private interface TileWork {
        void run(int index, MergeTile tile, int worker);
    }

    public void merge(WeightUpdate update, int fromRow, int toRow, WeightMatrix live) {
        PanelMatrix w = PanelMatrix.of(update.pristine());
        PanelMatrix to = PanelMatrix.of(live);
        MergeArguments.live(update, live);
        MergeArguments.slice(update, fromRow, toRow);
        var inC = update.terms().stream().filter(term -> isInC(update, term)).toList();
        try (var slice = slice(update, inC, fromRow, toRow)) {
            tiles(
                    update,
                    fromRow,
                    toRow,
                    (_, tile, worker) -> {
                        slice.merge(to, tile, workers.scratch(worker));
                        for (var term : inC) {
                            kernels.fused().orElseThrow().merge(w, to, term, tile);
                        }
                    });
        }
    }

    public MergeLoss loss(WeightUpdate update, int fromRow, int toRow) {
        MergeArguments.slice(update, fromRow, toRow);
        try (var slice = slice(update, List.of(), fromRow, toRow)) {
            var losses = new MergeLoss[tileCount(update, fromRow, toRow)];
            tiles(
                    update,
                    fromRow,
                    toRow,
                    (index, tile, worker) ->
                            losses[index] = slice.loss(tile, workers.scratch(worker)));
            // In the order of the tiles, so that the sum is always the same.
            return Arrays.stream(losses).reduce(MergeLoss.NONE, MergeLoss::plus);
        }
    }

    private boolean isInC(WeightUpdate update, LowRank term) {
        var w = PanelMatrix.of(update.pristine());
        return !update.embedding() && kernels.fused().filter(c -> c.fits(w, term)).isPresent();
    }

    /**
     * @param elsewhere terms that it leaves to others
     */
    private MergeSlice slice(WeightUpdate update, List<LowRank> elsewhere, int fromRow, int toRow) {
        var terms = new ArrayList<>(update.terms());
        terms.removeAll(elsewhere);
        var factors =
                update.embedding()
                        ? MergeFactors.ofTable(update, fromRow, toRow, kernels, inputs)
                        : MergeFactors.ofTerms(terms, kernels, inputs);
        var w = PanelMatrix.of(update.pristine());
        return new MergeSlice(w, factors, elsewhere, kernels.kernels());
    }

    private static int tileCount(WeightUpdate update, int fromRow, int toRow) {
        PanelMatrix w = PanelMatrix.of(update.pristine());
        int panels = Math.ceilDiv(toRow, w.lanes()) - fromRow / w.lanes();
        return Math.ceilDiv(panels, PANELS) * tilesOfPanel(w);
    }

    private static int tilesOfPanel(PanelMatrix w) {
        return Math.ceilDiv(w.columns(), COLUMNS);
    }

    private void tiles(WeightUpdate update, int fromRow, int toRow, TileWork work) {
        PanelMatrix w = PanelMatrix.of(update.pristine());
        int beside = tilesOfPanel(w);
        int first = fromRow / w.lanes();
        int end = Math.ceilDiv(toRow, w.lanes());
        workers.forUnits(
                tileCount(update, fromRow, toRow),
                update.cost(toRow - fromRow),
                (worker, unit) -> {
                    int panel = first + unit / beside * PANELS;
                    int column = unit % beside * COLUMNS;
                    var tile =
                            new MergeTile(
                                    panel,
                                    Math.min(panel + PANELS, end),
                                    column,
                                    Math.min(column + COLUMNS, w.columns()));
                    work.run(unit, tile, worker);
                });
    }

    @Override
    public void close() {
        inputs.close();
    }
}
