package org.dlora.console.settings;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.catalogue.SchedulingService;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.operate.Administration;
import org.dlora.replica.MergeSettings;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the scheduling as they are in force now.
 *
 * @param ttft promised seconds to the first token, null if nothing is promised
 * @param tpot promised seconds between two tokens, null if nothing is promised
 * @param merge how weights are merged, null if it is not known
 * @param shares weights of models that are not 1, by name
 * @param models names of models, for suggestions; not all if there are many
 */
public record SchedulingValues(
        String policy,
        @Nullable Double ttft,
        @Nullable Double tpot,
        @Nullable MergeSettings merge,
        Map<String, Double> shares,
        List<String> models) {
    private static final int SUGGESTIONS = 500;

    /** Returns the settings in force; null if clients may not see them. */
    static @Nullable SchedulingValues of(Administration administration) {
        return administration.isOpen()
                ? of(administration.scheduling(), administration.models())
                : null;
    }

    private static @Nullable SchedulingValues of(SchedulingService service, ServedModels served) {
        var base = served.servedName();
        return service.scheduling(0).stream()
                .findFirst()
                .map(report -> {
                    var shares = new TreeMap<String, Double>();
                    report.weights()
                            .byName()
                            .forEach((name, weight) ->
                                    shares.put(name.isEmpty() ? base : name, weight));
                    return new SchedulingValues(
                            report.policy(),
                            finite(report.slo().ttft()),
                            finite(report.slo().tpot()),
                            service.merging().orElse(null),
                            shares,
                            names(served, base));
                })
                .orElse(null);
    }

    private static List<String> names(ServedModels served, String base) {
        return Stream.concat(Stream.of(base), served.adapters().stream().map(ServedAdapter::name))
                .limit(SUGGESTIONS)
                .toList();
    }

    private static @Nullable Double finite(double seconds) {
        return Double.isFinite(seconds) ? seconds : null;
    }

    /** Returns the value of a setting now, as text; null if it cannot change while running. */
    @Nullable String now(String setting) {
        return switch (setting) {
            case "dlora.policy" -> policy;
            case "dlora.slo.ttft" -> seconds(ttft);
            case "dlora.slo.tpot" -> seconds(tpot);
            case "dlora.merge.share" -> merge == null ? null : Double.toString(merge.share());
            case "dlora.merge.keep" -> merge == null ? null : seconds(merge.keep());
            case "dlora.shares" -> shares.isEmpty() ? "equal" : shares.toString();
            default -> null;
        };
    }

    /** Returns seconds as the settings have them; 0 for nothing promised. */
    static String seconds(@Nullable Double seconds) {
        if (seconds == null) {
            return "0";
        }
        long nanoseconds = Math.round(seconds * 1e9);
        for (var unit : List.of(Map.entry("s", 1e9), Map.entry("ms", 1e6), Map.entry("us", 1e3))) {
            if (nanoseconds % unit.getValue() == 0) {
                return (long) (nanoseconds / unit.getValue()) + unit.getKey();
            }
        }
        return nanoseconds + "ns";
    }
}
