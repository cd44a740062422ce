package org.dlora.console.overview;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.samples.ReplicaSample;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.dlora.console.overview.TimelinePicture.Arc;
import org.dlora.console.overview.TimelinePicture.Lane;
import org.dlora.console.overview.TimelinePicture.Tick;
import org.dlora.replica.migration.MigrationResult;

/** Drawing of all replicas' samples. Lanes get thinner with more replicas. */
final class TimelineDrawing {
    private static final int GAP = 4;
    private static final int MOST_ARCS = 64;

    /** Waiting requests that fill a lane at least, so that a short queue looks short. */
    private static final int LEAST_PEAK = 8;

    /** Bow of an arc to the right, seconds of the width. */
    private static final double BOW = 5;

    private TimelineDrawing() {}

    /**
     * Draws the picture.
     *
     * @param moves the newest first
     * @param now its right end
     */
    static TimelinePicture draw(
            List<ReplicaTimeline> replicas, List<MigrationRecord> moves, Instant now) {
        int height = laneHeight(replicas.size());
        int pitch = height + GAP;
        int peak =
                replicas.stream()
                        .flatMap(one -> one.samples().stream())
                        .mapToInt(ReplicaSample::waiting)
                        .max()
                        .orElse(0);
        int full = Math.max(LEAST_PEAK, peak);
        var lanes = new ArrayList<Lane>();
        var places = new HashMap<String, Integer>();
        for (var replica : replicas) {
            int y = lanes.size() * pitch;
            var drawing = new LaneDrawing(replica.samples(), now, slotSeconds(replicas.size()));
            lanes.add(
                    new Lane(
                            replica.replica(),
                            y,
                            drawing.runs(height >= 24),
                            drawing.queue(y + height - 1.5, y + 2, full)));
            places.put(replica.replica(), y + height / 2);
        }
        var arcs = new ArrayList<Arc>();
        for (var move : recent(moves, now)) {
            var from = places.get(move.source());
            var to = places.get(move.target());
            if (from != null && to != null && arcs.size() < MOST_ARCS) {
                arcs.add(arc(move, from, to, now));
            }
        }
        return new TimelinePicture(
                height, pitch, Math.max(0, lanes.size() * pitch - GAP), full, lanes, arcs, ticks());
    }

    /** Returns the moves of the last five minutes. */
    static List<MigrationRecord> recent(List<MigrationRecord> moves, Instant now) {
        var begin = now.minusSeconds(TimelinePicture.SECONDS);
        return moves.stream()
                .filter(move -> move.result() instanceof MigrationResult.Moved)
                .filter(move -> arrived(move).isAfter(begin) && !move.begunAt().isAfter(now))
                .toList();
    }

    static Instant arrived(MigrationRecord move) {
        return move.begunAt().plus(Duration.ofMillis(Math.round(1000 * move.seconds())));
    }

    private static int laneHeight(int replicas) {
        if (replicas <= 4) {
            return 56;
        }
        return replicas <= 8 ? 36 : replicas <= 16 ? 24 : 16;
    }

    private static int slotSeconds(int replicas) {
        return replicas <= 2 ? 1 : replicas <= 8 ? 2 : 5;
    }

    private static Arc arc(MigrationRecord move, int from, int to, Instant now) {
        double ago = LaneDrawing.seconds(arrived(move), now);
        double x = Math.clamp(TimelinePicture.SECONDS - ago, 0, TimelinePicture.SECONDS);
        var path =
                "M%s %dC%s %d %s %d %s %d"
                        .formatted(
                                LaneDrawing.number(x),
                                from,
                                LaneDrawing.number(x + BOW),
                                from,
                                LaneDrawing.number(x + BOW),
                                to,
                                LaneDrawing.number(x),
                                to);
        var title =
                "Request of %s moved from replica %s to replica %s, %d s ago"
                        .formatted(
                                move.model(),
                                move.source(),
                                move.target(),
                                Math.max(0, Math.round(ago)));
        return new Arc(path, LaneDrawing.percent(x), to, title);
    }

    private static List<Tick> ticks() {
        var ticks = new ArrayList<Tick>();
        for (int minutes = 5; minutes >= 0; minutes--) {
            ticks.add(
                    new Tick(
                            LaneDrawing.percent(TimelinePicture.SECONDS - 60.0 * minutes),
                            minutes == 5 ? "start" : minutes == 0 ? "end" : "middle",
                            minutes == 0 ? "now" : "−" + minutes + " min"));
        }
        return ticks;
    }
}
