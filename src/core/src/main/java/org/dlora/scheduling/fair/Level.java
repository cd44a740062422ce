package org.dlora.scheduling.fair;

/**
 * One level of sharing in one step: all teams, or the flows of one team. A member that has work is
 * <i>ahead</i> on its level if its lead exceeds the smallest lead with work by more than the
 * largest allowed one.
 *
 * @param floor smallest lead of a member with work
 * @param maxLead largest lead beyond the floor of a member that is not ahead
 * @param size number of members with work
 */
record Level(double floor, double maxLead, int size) {
    /** A level without work. */
    static final Level EMPTY = new Level(Double.POSITIVE_INFINITY, 0, 0);

    /**
     * Returns this level with one more that has work.
     *
     * @param most smallest value that its weight allows for {@code maxLead}
     */
    Level with(double lead, double most) {
        return new Level(Math.min(floor, lead), Math.max(maxLead, most), size + 1);
    }

    boolean isAhead(double lead) {
        return lead > floor + maxLead;
    }

    /** Returns by how much a lead can grow until it is ahead; one that is alone never is. */
    double room(double lead) {
        return size > 1 ? Math.max(0, floor + maxLead - lead) : Double.POSITIVE_INFINITY;
    }
}
