package org.dlora.bench.residency;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The results of several rules on one trace, as a table. */
public record EvictionComparison(List<ReplayResult> results) {
    private static final double GB = 1 << 30;

    public EvictionComparison {
        results = List.copyOf(results);
    }

    /** Replays {@code trace} with the server's rule, LRU and Belady's. */
    public static EvictionComparison of(AdapterTrace trace, double halfLife) {
        return new EvictionComparison(
                List.of(
                        new ResidencyReplay(halfLife).run(trace),
                        KeyedEviction.LRU.run(trace),
                        KeyedEviction.BELADY.run(trace)));
    }

    /** Returns the lines of the table. */
    public List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add(row("", "hits", "hit rate", "evictions", "loaded [GB]"));
        for (var result : results) {
            lines.add(
                    row(
                            result.rule(),
                            Integer.toString(result.hits()),
                            String.format(Locale.ROOT, "%.1f %%", 100 * result.hitRate()),
                            Integer.toString(result.evictions()),
                            String.format(Locale.ROOT, "%.2f", result.loadedBytes() / GB)));
        }
        return lines;
    }

    private static String row(
            String rule, String hits, String rate, String evictions, String loaded) {
        return "%-8s %9s %9s %9s %12s".formatted(rule, hits, rate, evictions, loaded);
    }
}
