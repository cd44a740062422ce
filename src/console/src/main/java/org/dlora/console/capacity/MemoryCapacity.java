package org.dlora.console.capacity;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.cluster.residency.MemoryOutlook;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.cluster.residency.RegisteredSizes;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.scheduling.residency.EvictionForecast;
import org.dlora.scheduling.residency.EvictionForecast.Turn;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;

/**
 * An adapter memory as the page shows it.
 *
 * @param limit bytes of all uses together; null if there is no limit
 * @param free bytes that nothing has taken
 * @param sparable bytes that KV caches and copies of merged weights give up to a load
 * @param parts parts in use, and the free part
 * @param kv KV caches that share the memory
 * @param registered weights that may be loaded into it, with their bytes: those of all versions
 * @param resident adapters that requests can run with at once
 * @param usual median bytes of an adapter; null if none is known
 * @param more adapters of the usual size that fit into the free bytes and those given up; null if
 *     not known
 * @param inPlace adapters of the usual size that fit in place of idle ones
 * @param outlook service of the memory to requests; null where no adapters are
 * @param next adapters that leave it first
 */
public record MemoryCapacity(
        String name,
        List<String> replicas,
        @Nullable Long limit,
        long free,
        long sparable,
        List<Part> parts,
        List<MemoryReport.Cache> kv,
        Sum registered,
        Sum resident,
        @Nullable Long usual,
        @Nullable Long more,
        @Nullable Long inPlace,
        @Nullable MemoryOutlook outlook,
        List<Leaving> next) {
    /** Width of the bar in its own units. */
    private static final int WIDTH = 1000;

    /** Adapters that leave next which a page shows. */
    private static final int SHOWN = 10;

    private static final String FREE = "free";

    /** Number of adapters, and their bytes. */
    public record Sum(long count, long bytes) {
        static Sum of(List<AdapterStatus> statuses) {
            return new Sum(
                    statuses.size(), statuses.stream().mapToLong(AdapterStatus::bytes).sum());
        }
    }

    /**
     * A part of the memory.
     *
     * @param kind class of its colour
     * @param share of the whole, 0 to 1
     * @param x left edge in the bar
     * @param width in the bar
     */
    public record Part(
            String kind, String label, long bytes, double share, double x, double width) {}

    /**
     * Weights that may leave.
     *
     * @param name of {@link RegistrationNames}
     * @param page name that the adapter's page has; null if it is not served any more
     * @param cost expected seconds of loading it again for each MB, by which the order is
     * @param when a sentence on the loads that it goes for
     */
    public record Leaving(
            String name,
            @Nullable String page,
            long bytes,
            double demand,
            double loadSeconds,
            double cost,
            String when) {
        private static final int MEGABYTE = 1_000_000;

        static Leaving of(EvictionForecast.Candidate one, RegistrationNames names) {
            return new Leaving(
                    names.name(one.adapter()),
                    names.page(one.adapter()),
                    one.bytes(),
                    one.demand(),
                    one.loadSeconds(),
                    one.value() * MEGABYTE,
                    when(one.turn()));
        }

        private static String when(Turn turn) {
            return switch (turn) {
                case IDLE -> "No request runs with it: any load that lacks memory takes it.";
                case FRESH ->
                        "It has just been loaded: it goes for requests only that have waited too long.";
                case IN_USE ->
                        "Requests run with it: it goes for requests only that have waited too long, once its own have ended.";
            };
        }
    }

    /**
     * @param held adapters that the memory has or is about to load
     * @param registered sizes of what may be loaded into it
     * @param outlook null where no adapters are
     */
    static MemoryCapacity of(
            MemoryReport report,
            List<AdapterStatus> held,
            RegisteredSizes registered,
            @Nullable MemoryOutlook outlook,
            RegistrationNames names) {
        var resident = held.stream().filter(one -> one.residence() == Residence.RESIDENT).toList();
        var usual = registered.median() == 0 ? null : (Long) registered.median();
        var order = outlook == null ? List.<EvictionForecast.Candidate>of() : outlook.order();
        long idle =
                order.stream()
                        .filter(one -> one.turn() == Turn.IDLE)
                        .mapToLong(EvictionForecast.Candidate::bytes)
                        .sum();
        boolean isBounded = report.limit() < Long.MAX_VALUE / 2;
        long now = Math.max(0, report.available() + report.sparable());
        return new MemoryCapacity(
                report.name(),
                report.replicas(),
                isBounded ? report.limit() : null,
                report.available(),
                report.sparable(),
                parts(report.bytes(), isBounded ? report.available() : 0),
                report.kv(),
                new Sum(registered.count(), registered.bytes()),
                Sum.of(resident),
                usual,
                isBounded ? fitting(now, usual) : null,
                isBounded ? fitting(now + idle, usual) : null,
                outlook,
                order.stream().limit(SHOWN).map(one -> Leaving.of(one, names)).toList());
    }

    private static @Nullable Long fitting(long bytes, @Nullable Long usual) {
        return usual == null ? null : bytes / usual;
    }

    private static List<Part> parts(Map<String, Long> bytes, long free) {
        double whole = Math.max(1, bytes.values().stream().mapToLong(Long::longValue).sum() + free);
        var parts = new ArrayList<Part>();
        double x = 0;
        for (var use : bytes.entrySet()) {
            if (use.getValue() > 0) {
                x += add(parts, kind(use.getKey()), label(use.getKey()), use.getValue(), whole, x);
            }
        }
        if (free > 0) {
            add(parts, FREE, "free", free, whole, x);
        }
        return parts;
    }

    private static double add(
            List<Part> parts, String kind, String label, long bytes, double whole, double x) {
        double share = bytes / whole;
        parts.add(new Part(kind, label, bytes, share, x, WIDTH * share));
        return WIDTH * share;
    }

    private static String kind(String use) {
        return switch (use) {
            case "kv_cache" -> "kv";
            case "adapters" -> "adapters";
            case "merged_weights" -> "copies";
            default -> "other";
        };
    }

    private static String label(String use) {
        return switch (use) {
            case "kv_cache" -> "KV caches";
            case "adapters" -> "adapters";
            case "merged_weights" -> "copies of merged weights";
            case "weights" -> "base weights";
            case "heap" -> "Java heap";
            case "jvm" -> "the JVM itself";
            case "buffers" -> "buffers of steps";
            case "replicas" -> "memories of single replicas";
            case "fenced" -> "replicas that have failed";
            default -> use.replace('_', ' ').toLowerCase(Locale.ROOT);
        };
    }

    /** Returns the share of the requests that found their adapter resident; null before any. */
    public @Nullable Double hitRate() {
        if (outlook == null || outlook.hits() + outlook.misses() == 0) {
            return null;
        }
        return (double) outlook.hits() / (outlook.hits() + outlook.misses());
    }

    /** Returns the share of the memory that is taken; null if there is no limit. */
    public @Nullable Double taken() {
        return limit == null || limit == 0 ? null : 1 - (double) free / limit;
    }
}
