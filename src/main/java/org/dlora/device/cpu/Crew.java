package org.dlora.device.cpu;

/** A {@link Team} with a scratch for each worker. It shares out only work that is worth it. */
final class Crew {
    /** Multiply-adds below which a hand-off to other threads costs more than it gains. */
    private static final long ALONE = 1 << 16;

    /** Multiply-adds that take as long as an element of a row-wise operation. */
    private static final int ELEMENT_COST = 8;

    private final Team team;
    private final Scratch[] scratches;

    /**
     * @param scratches one for each worker
     */
    Crew(Team team, Scratch[] scratches) {
        this.team = team;
        this.scratches = scratches;
    }

    /** Does {@link Team#split} with work of {@code cost} multiply-adds. */
    void split(int units, long cost, Team.Share share) {
        team.split(units, members(cost), share);
    }

    /** Does {@link #split} with rows of which an operation touches {@code width} elements. */
    void splitRows(int rows, int width, Team.Share share) {
        split(rows, (long) rows * width * ELEMENT_COST, share);
    }

    /** Does {@link Team#claim} with work of {@code cost} multiply-adds. */
    void claim(int units, long cost, Team.Unit unit) {
        team.claim(units, members(cost), unit);
    }

    /** Does {@link #claim} with rows of which an operation touches {@code width} elements. */
    void claimRows(int rows, int width, Team.Unit row) {
        claim(rows, (long) rows * width * ELEMENT_COST, row);
    }

    int size() {
        return team.size();
    }

    /** Returns how many workers are worth it for work of {@code cost} multiply-adds. */
    int members(long cost) {
        return cost < ALONE ? 1 : team.size();
    }

    /** Returns the scratch of a worker, which alone uses it while it works. */
    Scratch scratch(int member) {
        return scratches[member];
    }
}
