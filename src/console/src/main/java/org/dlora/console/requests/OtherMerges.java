package org.dlora.console.requests;

import static java.util.stream.Collectors.joining;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.dlora.console.page.Formats;

/** Words on the time in which other adapters were merged, and the request may have paused. */
final class OtherMerges {
    /** Share of a part below which nothing is said. */
    private static final double NOTED = 0.1;

    private static final int SHOWN = 3;

    private final EndedRequest row;
    private final List<ModeSpan> modes;
    private final Reasons reasons;

    /**
     * @param modes weights of its replicas along the request
     */
    OtherMerges(EndedRequest row, List<ModeSpan> modes, Reasons reasons) {
        this.row = row;
        this.modes = modes;
        this.reasons = reasons;
    }

    /** Returns a sentence on a part; empty if others took little of it. */
    Optional<String> in(Part part) {
        var seconds = seconds(part);
        double all = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
        if (all < NOTED * part.seconds()) {
            return Optional.empty();
        }
        var named =
                seconds.entrySet().stream()
                        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                        .limit(SHOWN)
                        .map(one ->
                                "%s for %s"
                                        .formatted(
                                                reasons.name(one.getKey()),
                                                Formats.ALL.seconds(one.getValue())))
                        .collect(joining(", "));
        var paused =
                row.mixedSteps() == 0
                        ? "this request paused, as they ran alone"
                        : "this request ran beside them in mixed steps, and paused while they ran alone";
        return Optional.of("Others were merged (%s): %s.".formatted(named, paused));
    }

    /** Returns the seconds of a part by the id of the merged adapter, without the request's own. */
    private Map<String, Double> seconds(Part part) {
        var seconds = new HashMap<String, Double>();
        for (var span : modes) {
            var id = span.merged();
            if (id.filter(one -> !ReplicaTimeline.name(one).equals(row.adapter())).isPresent()
                    && span.replica().equals(part.replica())) {
                double within = span.secondsWithin(part);
                if (within > 0) {
                    seconds.merge(id.get(), within, Double::sum);
                }
            }
        }
        return seconds;
    }
}
