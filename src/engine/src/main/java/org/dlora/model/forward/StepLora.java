package org.dlora.model.forward;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraGroup;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearSite;

/**
 * The {@link LoraBatch} of each step of a model. The batch stays the same object while the groups
 * do, so that devices recognise it.
 */
final class StepLora {
    private final int layers;
    private final List<LayerSite> sites;
    private LoraGroups groups = LoraGroups.NONE;
    private LoraBatch batch = LoraBatch.NONE;

    /** Groups at the output matrix, among all rows. */
    private List<LoraGroup> output = List.of();

    /** Rows of the output matrix in {@link #batch}. */
    private int[] logitRows = {};

    /**
     * @param layers decoder layers of the model
     */
    StepLora(int layers) {
        this.layers = layers;
        sites = LayerSite.all(layers);
    }

    /**
     * Returns the batch of a step.
     *
     * @param next recognised by identity
     * @param rows the step's logit rows, which are the rows of the output matrix
     */
    @SuppressWarnings("ReferenceEquality") // Groups do not change.
    LoraBatch of(LoraGroups next, int[] rows) {
        if (next != groups) {
            groups = next;
            output = next.at(LayerSite.OUTPUT);
            logitRows = rows.clone();
            batch = build();
        } else if (!output.isEmpty() && !Arrays.equals(rows, logitRows)) {
            logitRows = rows.clone();
            batch = batch.with(LayerSite.OUTPUT.index(), LoraGroup.gathered(output, rows));
        }
        return batch;
    }

    /**
     * Returns the batch of a step's logit rows alone, for the linear layers behind the last
     * attention.
     *
     * @param whole batch of the step
     * @param rows its logit rows
     */
    LoraBatch ofLogitRows(LoraBatch whole, int[] rows) {
        if (whole.layers() == 0) {
            return whole;
        }
        var lists = new ArrayList<List<LoraGroup>>(Collections.nCopies(sites.size(), List.of()));
        for (var site : List.of(LinearSite.O, LinearSite.GATE_UP, LinearSite.DOWN)) {
            int index = site.in(layers - 1).index();
            lists.set(index, LoraGroup.gathered(whole.at(index), rows));
        }
        lists.set(LayerSite.OUTPUT.index(), whole.at(LayerSite.OUTPUT.index()));
        return new LoraBatch(lists);
    }

    private LoraBatch build() {
        var lists = new ArrayList<List<LoraGroup>>(Collections.nCopies(sites.size(), List.of()));
        for (var site : sites) {
            lists.set(site.index(), groups.at(site));
        }
        lists.set(LayerSite.OUTPUT.index(), LoraGroup.gathered(output, logitRows));
        return new LoraBatch(lists);
    }
}
