package org.dlora.console.capacity;

import static java.util.stream.Collectors.toMap;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.catalogue.served.MemoryContent;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.residency.MemoryOutlook;
import org.dlora.cluster.residency.RegisteredSizes;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Live figures of the memories. The sizes of the registered adapters, which hardly change, are
 * counted anew for each page, and else after {@link #SIZES_LAST}: all others cost what is resident.
 */
@Component
final class CapacityPanel implements LivePanel {
    static final String TEMPLATE = "capacity";
    static final Duration SIZES_LAST = Duration.ofSeconds(15);
    private static final RegisteredSizes NONE = new RegisteredSizes(0, 0, 0);

    private final Administration administration;
    private final InstantSource clock;
    private volatile Sizes sizes = new Sizes(Instant.MIN, Map.of());

    /** Sizes by the memory's name. */
    private record Sizes(Instant at, Map<String, RegisteredSizes> byMemory) {}

    CapacityPanel(Administration administration, ClusterEvents events) {
        this.administration = administration;
        clock = events.clock();
    }

    @Override
    public String name() {
        return "capacity";
    }

    @Override
    public String template() {
        return TEMPLATE;
    }

    @Override
    public String fragment() {
        return "memories";
    }

    @Override
    public Map<String, ? extends @Nullable Object> values(String subject) {
        return values(false);
    }

    /** Returns the values with the sizes of this moment. */
    Map<String, ? extends @Nullable Object> fresh() {
        return values(true);
    }

    private Map<String, @Nullable Object> values(boolean isFresh) {
        var values = new HashMap<String, @Nullable Object>();
        values.put(
                "memories",
                administration.isOpen() ? memories(administration.residency(), isFresh) : null);
        return values;
    }

    private Map<String, RegisteredSizes> sizes(ResidencyService residency, boolean isFresh) {
        var now = clock.instant();
        var known = sizes;
        if (isFresh || known.at.isBefore(now.minus(SIZES_LAST))) {
            known = new Sizes(now, residency.registered());
            sizes = known;
        }
        return known.byMemory;
    }

    private List<MemoryCapacity> memories(ResidencyService residency, boolean isFresh) {
        var sizes = sizes(residency, isFresh);
        var names = RegistrationNames.of(administration.models());
        var held =
                residency.held().stream()
                        .collect(toMap(MemoryContent::memory, MemoryContent::weights));
        var outlooks =
                residency.outlooks().stream()
                        .collect(toMap(MemoryOutlook::memory, outlook -> outlook));
        return residency.memories().stream()
                .map(report ->
                        MemoryCapacity.of(
                                report,
                                held.getOrDefault(report.name(), List.of()),
                                sizes.getOrDefault(report.name(), NONE),
                                outlooks.get(report.name()),
                                names))
                .toList();
    }
}
