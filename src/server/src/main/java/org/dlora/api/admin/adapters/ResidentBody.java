package org.dlora.api.admin.adapters;

import static org.dlora.api.admin.cluster.SloBody.finite;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.dlora.catalogue.served.AdapterReport;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.cluster.residency.LoadTotals;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A served adapter.
 *
 * @param judged its name, and whether it may be merged
 * @param catalogued adapter's entry in the catalogue
 * @param state resident, loading (or about to be) or leaving in some memory, else ready, or
 *     registered while its content has not been validated
 * @param bytes memory that it takes now, in all memories together
 * @param residentOn ids of the replicas that it is resident on
 * @param pinned whether it is pinned in some memory
 * @param lastUsed time at which the last request came or ended; null if there was none
 * @param waiting requests that wait until it is loaded
 */
@JsonNaming(SnakeCaseStrategy.class)
public record ResidentBody(
        @JsonUnwrapped JudgedBody judged,
        @JsonUnwrapped CataloguedBody catalogued,
        String state,
        long bytes,
        List<String> residentOn,
        boolean pinned,
        @Nullable Instant lastUsed,
        int running,
        int waiting,
        long loads,
        long evictions,
        List<MemoryBody> memories) {

    /**
     * State of an adapter in one adapter memory.
     *
     * @param bytes that it takes, or will take once it is loaded
     * @param loadSeconds time of the last load; null before the first
     * @param loadsBySource loads from {@code file}, {@code packed} and {@code memory}
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record MemoryBody(
            String memory,
            List<String> replicas,
            String state,
            long bytes,
            boolean pinned,
            int running,
            int waiting,
            long loads,
            long evictions,
            @Nullable Double loadSeconds,
            Map<String, LoadTotals> loadsBySource) {
        static MemoryBody of(AdapterReport.InMemory at) {
            var status = at.status();
            return new MemoryBody(
                    at.memory(),
                    at.replicas(),
                    name(status.residence()),
                    status.bytes(),
                    status.pinned(),
                    status.running(),
                    status.waiting(),
                    status.loads(),
                    status.evictions(),
                    finite(status.loadSeconds()),
                    bySource(status));
        }
    }

    private static Map<String, LoadTotals> bySource(AdapterStatus status) {
        var loads = new TreeMap<String, LoadTotals>();
        status.loadsByOrigin().forEach((origin, totals) -> loads.put(origin.label(), totals));
        return loads;
    }

    private static final Comparator<Residence> BY_NEARNESS =
            Comparator.comparingInt(
                    List.of(
                                    Residence.ABSENT,
                                    Residence.LEAVING,
                                    Residence.LOADING,
                                    Residence.RESIDENT)
                            ::indexOf);

    static ResidentBody of(AdapterReport report, JudgedAdapter judged, CataloguedBody catalogued) {
        var statuses = report.memories().stream().map(AdapterReport.InMemory::status).toList();
        return new ResidentBody(
                JudgedBody.of(judged),
                catalogued,
                state(report, statuses),
                statuses.stream()
                        .filter(status -> status.residence() != Residence.ABSENT)
                        .mapToLong(AdapterStatus::bytes)
                        .sum(),
                report.memories().stream()
                        .filter(at -> at.status().residence() == Residence.RESIDENT)
                        .flatMap(at -> at.replicas().stream())
                        .toList(),
                statuses.stream().anyMatch(AdapterStatus::pinned),
                lastUsed(statuses),
                statuses.stream().mapToInt(AdapterStatus::running).sum(),
                statuses.stream().mapToInt(AdapterStatus::waiting).sum(),
                statuses.stream().mapToLong(AdapterStatus::loads).sum(),
                statuses.stream().mapToLong(AdapterStatus::evictions).sum(),
                report.memories().stream().map(MemoryBody::of).toList());
    }

    private static String state(AdapterReport report, List<AdapterStatus> statuses) {
        return statuses.stream()
                .map(AdapterStatus::residence)
                .max(BY_NEARNESS)
                .filter(residence -> residence != Residence.ABSENT)
                .map(ResidentBody::name)
                .orElse(report.adapter().version().isPresent() ? "ready" : "registered");
    }

    private static @Nullable Instant lastUsed(List<AdapterStatus> statuses) {
        return statuses.stream()
                .map(AdapterStatus::lastUsed)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .map(time -> time.truncatedTo(ChronoUnit.MILLIS))
                .orElse(null);
    }

    private static String name(Residence residence) {
        return residence.name().toLowerCase(Locale.ROOT);
    }
}
