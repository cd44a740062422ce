package org.dlora.device.cpu;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The units of one {@link Team#claim}: members take unit by unit, those of their own run first,
 * then those that others have left. Kept from one claim to the next, as a step has hundreds.
 */
final class Claims implements Team.Share {
    /** Keeps counters of different members apart. */
    private static final int CACHE_LINE_INTS = 16;

    private final AtomicIntegerArray taken;
    private int units;
    private int parts;
    private Team.Unit unit = (_, _) -> {};

    /**
     * @param members of the team
     */
    Claims(int members) {
        taken = new AtomicIntegerArray(members * CACHE_LINE_INTS);
    }

    /** The next claim; to be called while no member runs. */
    void open(int units, int parts, Team.Unit unit) {
        this.units = units;
        this.parts = parts;
        this.unit = unit;
        for (int part = 0; part < parts; part++) {
            taken.set(part * CACHE_LINE_INTS, 0);
        }
    }

    @Override
    public void run(int member, int from, int to) {
        for (int part = member; part < member + parts; part++) {
            claim(part % parts, member);
        }
    }

    private void claim(int part, int member) {
        int first = Team.bound(units, part, parts);
        int count = Team.bound(units, part + 1, parts) - first;
        int counter = part * CACHE_LINE_INTS;
        for (int i = taken.getAndIncrement(counter);
                i < count;
                i = taken.getAndIncrement(counter)) {
            unit.run(member, first + i);
        }
    }
}
