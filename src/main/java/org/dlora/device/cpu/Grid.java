package org.dlora.device.cpu;

/**
 * A product {@code [rows, panels]} cut into one rectangle for each member of a team.
 *
 * <p>Many rows are cut by rows, as the row-wise operations cut them: then a member's rows stay in
 * the caches of its core from operation to operation, and none is rounded twice. Few rows are not,
 * for then every member would load all the weights for too little work.
 *
 * @param rowParts runs of rows
 * @param panelParts runs of panels that each of them is cut into
 */
record Grid(int rowParts, int panelParts) {
    /** Rows of a member from which on its work outweighs loading the weights. */
    private static final int FEWEST_ROWS = 16;

    /** As many runs of rows as pay, if {@code members} is a multiple of that. */
    static Grid of(int rows, int members) {
        int parts = Math.clamp(rows / FEWEST_ROWS, 1, members);
        while (members % parts != 0) {
            parts--;
        }
        return new Grid(parts, members / parts);
    }

    int parts() {
        return rowParts * panelParts;
    }

    /** The first of {@code rows} rows that a part has. */
    int firstRow(int part, int rows) {
        return Team.bound(rows, part / panelParts, rowParts);
    }

    /** The end of its rows, which are at least one. */
    int endRow(int part, int rows) {
        return Team.bound(rows, part / panelParts + 1, rowParts);
    }

    /**
     * The run of panels of a part, which may have none.
     *
     * @param tile panels that stay together
     */
    Panels panels(int part, PanelMatrix matrix, int tile) {
        int run = part % panelParts;
        int tiles = Math.ceilDiv(matrix.panels(), tile);
        int end = Team.bound(tiles, run + 1, panelParts) * tile;
        return matrix.panels(
                Team.bound(tiles, run, panelParts) * tile, Math.min(end, matrix.panels()));
    }
}
