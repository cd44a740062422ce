package org.dlora.device.cpu;

/** A {@link Team} with a scratch for each member, which is asked only where it pays. */
final class Crew {
    /** Multiply-adds below which a hand-off to other threads costs more than it gains. */
    private static final long ALONE = 1 << 16;

    /** Multiply-adds that an element of a row-wise operation is worth. */
    private static final int ELEMENT_COST = 8;

    private final Team team;
    private final Scratch[] scratches;

    /**
     * @param scratches one of each member
     */
    Crew(Team team, Scratch[] scratches) {
        this.team = team;
        this.scratches = scratches;
    }

    /** {@link Team#split} of work of {@code cost} multiply-adds. */
    void split(int units, long cost, Team.Share share) {
        team.split(units, members(cost), share);
    }

    /** {@link #split} of rows of which an operation touches {@code width} elements. */
    void splitRows(int rows, int width, Team.Share share) {
        split(rows, (long) rows * width * ELEMENT_COST, share);
    }

    /** {@link Team#claim} of work of {@code cost} multiply-adds. */
    void claim(int units, long cost, Team.Unit unit) {
        team.claim(units, members(cost), unit);
    }

    /** {@link #claim} of rows of which an operation touches {@code width} elements. */
    void claimRows(int rows, int width, Team.Unit row) {
        claim(rows, (long) rows * width * ELEMENT_COST, row);
    }

    int size() {
        return team.size();
    }

    /** Returns how many members pay for work of {@code cost} multiply-adds. */
    int members(long cost) {
        return cost < ALONE ? 1 : team.size();
    }

    /** Only for that member while it works. */
    Scratch scratch(int member) {
        return scratches[member];
    }
}
