package org.dlora.console.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.cluster.residency.MemoryOutlook;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.cluster.residency.RegisteredSizes;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.scheduling.residency.EvictionForecast.Candidate;
import org.dlora.scheduling.residency.EvictionForecast.Turn;
import org.dlora.scheduling.residency.Residence;
import org.junit.jupiter.api.Test;

class MemoryCapacityTest {

    private static AdapterStatus status(String id, long bytes, Residence residence) {
        return new AdapterStatus(
                id, id, residence, bytes, false, 0, 0, null, 1, 0, Double.NaN, false, Map.of());
    }

    private static MemoryReport report(
            long limit, long available, long sparable, Map<String, Long> bytes) {
        return new MemoryReport(
                "host",
                List.of("0"),
                limit,
                available,
                sparable,
                new TreeMap<>(bytes),
                null,
                List.of(),
                List.of());
    }

    @Test
    void fitsAreCountedInAdaptersOfTheMedianSize() {
        var capacity =
                MemoryCapacity.of(
                        report(1000, 350, 0, Map.of("adapters", 250L, "kv_cache", 400L)),
                        List.of(
                                status("1", 50, Residence.RESIDENT),
                                status("3", 200, Residence.RESIDENT)),
                        new RegisteredSizes(3, 350, 100),
                        new MemoryOutlook(
                                "host",
                                3,
                                1,
                                7,
                                List.of(
                                        new Candidate("1", 50, 0.1, 2, Turn.IDLE),
                                        new Candidate("3", 200, 0.2, 2, Turn.IN_USE))),
                        RegistrationNames.of(Map.of()));
        assertThat(capacity.usual()).isEqualTo(100);
        assertThat(capacity.more()).isEqualTo(3);
        assertThat(capacity.inPlace()).isEqualTo(4);
        assertThat(capacity.registered()).isEqualTo(new MemoryCapacity.Sum(3, 350));
        assertThat(capacity.resident()).isEqualTo(new MemoryCapacity.Sum(2, 250));
        assertThat(capacity.hitRate()).isEqualTo(0.75);
        assertThat(capacity.taken()).isEqualTo(0.65, within(1e-9));
        assertThat(capacity.next())
                .extracting(MemoryCapacity.Leaving::name)
                .containsExactly("1", "3");
        // 0.1 · 2 s for 50 bytes
        assertThat(capacity.next().getFirst().cost()).isEqualTo(4000, within(1e-6));
        var last = capacity.parts().getLast();
        assertThat(last.label()).isEqualTo("free");
        assertThat(last.x() + last.width()).isEqualTo(1000, within(1e-6));
    }

    /** Free bytes left out what loads may have: KV blocks and copies that give way. */
    @Test
    void memoryOfKvCachesAndCopiesIsRoomForAdapters() {
        var capacity =
                MemoryCapacity.of(
                        report(1000, 50, 300, Map.of("kv_cache", 600L, "merged_weights", 350L)),
                        List.of(status("1", 100, Residence.RESIDENT)),
                        new RegisteredSizes(4, 400, 100),
                        null,
                        RegistrationNames.of(Map.of()));
        assertThat(capacity.free()).isEqualTo(50);
        assertThat(capacity.sparable()).isEqualTo(300);
        assertThat(capacity.more()).isEqualTo(3);
        assertThat(capacity.parts().getLast().bytes()).isEqualTo(50);
    }

    @Test
    void aMemoryWithoutALimitCountsNothing() {
        var capacity =
                MemoryCapacity.of(
                        report(Long.MAX_VALUE, Long.MAX_VALUE, 0, Map.of("adapters", 250L)),
                        List.of(status("1", 250, Residence.RESIDENT)),
                        new RegisteredSizes(1, 250, 250),
                        null,
                        RegistrationNames.of(Map.of()));
        assertThat(capacity.limit()).isNull();
        assertThat(capacity.more()).isNull();
        assertThat(capacity.taken()).isNull();
        assertThat(capacity.hitRate()).isNull();
        assertThat(capacity.parts()).hasSize(1);
    }
}
