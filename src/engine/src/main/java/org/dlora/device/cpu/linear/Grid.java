package org.dlora.device.cpu.linear;

import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.threads.WorkerTeam;

/**
 * A product {@code [rows, panels]} cut into one rectangle for each worker of a team.
 *
 * <p>Many rows are cut by rows, as the row-wise operations cut them: then a worker's rows stay in
 * the caches of its core from operation to operation, and none is rounded twice. Few rows are not,
 * for then every worker would load all the weights for too little work.
 *
 * @param rowParts runs of rows
 * @param panelParts runs of panels that each of them is cut into
 */
record Grid(int rowParts, int panelParts) {
    /**
     * Returns the most runs of rows that pay, of which {@code workers} is a multiple.
     *
     * @param rowsPerWorker rows of a worker from which on its work outweighs loading the weights
     */
    static Grid of(int rows, int workers, int rowsPerWorker) {
        int parts = Math.clamp(rows / rowsPerWorker, 1, workers);
        while (workers % parts != 0) {
            parts--;
        }
        return new Grid(parts, workers / parts);
    }

    int parts() {
        return rowParts * panelParts;
    }

    /** The first of {@code rows} rows that a part has. */
    int firstRow(int part, int rows) {
        return WorkerTeam.bound(rows, part / panelParts, rowParts);
    }

    /** The end of its rows, which are at least one. */
    int endRow(int part, int rows) {
        return WorkerTeam.bound(rows, part / panelParts + 1, rowParts);
    }

    /**
     * The run of panels of a part, which may have none.
     *
     * @param panels that are cut, the first ones of the matrix
     * @param tile panels that stay together
     */
    Panels panels(int part, PanelMatrix matrix, int panels, int tile) {
        int run = part % panelParts;
        int tiles = Math.ceilDiv(panels, tile);
        int end = WorkerTeam.bound(tiles, run + 1, panelParts) * tile;
        return matrix.panels(
                WorkerTeam.bound(tiles, run, panelParts) * tile, Math.min(end, panels));
    }
}
