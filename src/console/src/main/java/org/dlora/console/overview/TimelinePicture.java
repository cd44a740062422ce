package org.dlora.console.overview;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Picture of the last five minutes: a lane for each replica, coloured by merge state, with the
 * length of its queue as a line, and arcs for requests that moved. Places along the time are
 * percent of the width, or seconds in paths; heights are pixels.
 *
 * <p>The server draws the picture as SVG, once a second for all browsers: a canvas needs scripts,
 * and has nothing for people who do not see it. {@link TimelineTable} has the same by minute.
 *
 * @param laneHeight pixels of a lane
 * @param pitch pixels from one lane to the next
 * @param height pixels of all lanes
 * @param peak waiting requests at the top of a lane
 */
record TimelinePicture(
        int laneHeight,
        int pitch,
        int height,
        int peak,
        List<Lane> lanes,
        List<Arc> arcs,
        List<Tick> ticks) {
    /** Seconds of the width. */
    static final int SECONDS = 300;

    /**
     * A replica.
     *
     * @param y top, pixels
     * @param runs seconds of one state, the oldest first
     * @param queue path of the line, empty without samples
     */
    record Lane(String replica, int y, List<Run> runs, String queue) {}

    /**
     * Seconds of one state.
     *
     * @param state class of the colour
     * @param label the adapter in the weights, where it fits; else null
     * @param title for the mouse
     */
    record Run(String x, String width, String state, @Nullable String label, String title) {}

    /**
     * A request that moved.
     *
     * @param x percent
     * @param y of the lane that it came to, pixels
     */
    record Arc(String path, String x, int y, String title) {}

    /** A time below the lanes. */
    record Tick(String x, String anchor, String label) {}

    /** Returns whether labels fit into the lanes. */
    public boolean hasLabels() {
        return laneHeight >= 24;
    }

    /** Returns the height with the times below, pixels. */
    public int outerHeight() {
        return height + 18;
    }
}
