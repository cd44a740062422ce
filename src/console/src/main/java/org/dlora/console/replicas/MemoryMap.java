package org.dlora.console.replicas;

import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.console.page.Formats;

/**
 * Map of the memory of a replica: what takes its bytes.
 *
 * @param name of the memory
 * @param replicas ids of the replicas that share it
 * @param limit bytes of all uses together; of what is taken, if there is no limit
 * @param parts in the order of the bar; free bytes come last
 * @param blocks KV blocks of the replica in words
 */
record MemoryMap(String name, List<String> replicas, long limit, List<Part> parts, String blocks) {
    /** Width of the bar in its own units. */
    static final int WIDTH = 1000;

    private static final String KV = "kv_cache";
    private static final String ADAPTERS = "adapters";
    private static final String COPIES = "merged_weights";

    /**
     * A part of the memory.
     *
     * @param kind class of its colour
     * @param label for people
     * @param share of the limit, 0 to 1
     * @param x left edge in the bar, 0 to {@value #WIDTH}
     * @param width in the bar
     */
    record Part(String kind, String label, long bytes, double share, double x, double width) {}

    /**
     * Returns the map of a memory.
     *
     * @param replica whose page it stands on
     */
    static MemoryMap of(MemoryReport report, String replica) {
        long taken = report.bytes().values().stream().mapToLong(Long::longValue).sum();
        long limit = report.limit() == Long.MAX_VALUE ? taken : report.limit();
        var bar = new Bar(Math.max(1, Math.max(limit, taken)));
        long known = 0;
        for (var use : List.of(KV, ADAPTERS, COPIES)) {
            long bytes = report.bytes().getOrDefault(use, 0L);
            known += bytes;
            bar.add(kind(use), label(use, report), bytes);
        }
        if (taken > known) {
            bar.add("other", "Base weights, heap and others", taken - known);
        }
        bar.add("free", "Free", Math.max(0, limit - taken));
        return new MemoryMap(
                report.name(), report.replicas(), limit, bar.parts, blocks(report, replica));
    }

    private static String kind(String use) {
        return switch (use) {
            case KV -> "kv";
            case COPIES -> "copies";
            default -> "adapters";
        };
    }

    private static String label(String use, MemoryReport report) {
        boolean isShared = report.replicas().size() > 1;
        return switch (use) {
            case KV -> isShared ? "KV caches" : "KV cache";
            case COPIES -> "Merged copies";
            default -> "Adapters";
        };
    }

    private static String blocks(MemoryReport report, String replica) {
        return report.kv().stream()
                .filter(cache -> cache.replica().equals(replica))
                .findFirst()
                .map(cache -> {
                    int withheld = cache.most() - cache.usable();
                    return "KV blocks of this replica: %s held by requests, %s with cached prefixes, %s free%s."
                            .formatted(
                                    Formats.ALL.count(cache.held()),
                                    Formats.ALL.count(cache.cached()),
                                    Formats.ALL.count(cache.free()),
                                    withheld > 0
                                            ? ", %s withheld for other uses"
                                                    .formatted(Formats.ALL.count(withheld))
                                            : "");
                })
                .orElse("");
    }

    /** Builder of the bar from left to right. */
    private static final class Bar {
        private final List<Part> parts = new ArrayList<>();
        private final long whole;
        private double x;

        Bar(long whole) {
            this.whole = whole;
        }

        void add(String kind, String label, long bytes) {
            double share = (double) bytes / whole;
            parts.add(new Part(kind, label, bytes, share, x, WIDTH * share));
            x += WIDTH * share;
        }
    }
}
