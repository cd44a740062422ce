package org.dlora.console.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.cluster.residency.MemoryOutlook;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.scheduling.residency.EvictionOrder.Candidate;
import org.dlora.scheduling.residency.EvictionOrder.Turn;
import org.dlora.scheduling.residency.Residence;
import org.junit.jupiter.api.Test;

class MemoryCapacityTest {

    private static AdapterStatus status(String id, long bytes, Residence residence) {
        return new AdapterStatus(
                id, residence, bytes, false, 0, 0, null, 1, 0, Double.NaN, false, Map.of());
    }

    private static MemoryReport report(long limit, long available, Map<String, Long> bytes) {
        return new MemoryReport(
                "host",
                List.of("0"),
                limit,
                available,
                new TreeMap<>(bytes),
                null,
                List.of(),
                List.of());
    }

    @Test
    void fitsAreCountedInAdaptersOfTheMedianSize() {
        var capacity =
                MemoryCapacity.of(
                        report(1000, 350, Map.of("adapters", 250L, "kv_cache", 400L)),
                        List.of(
                                status("1", 50, Residence.RESIDENT),
                                status("2", 100, Residence.ABSENT),
                                status("3", 200, Residence.RESIDENT)),
                        new MemoryOutlook(
                                "host",
                                3,
                                1,
                                7,
                                List.of(
                                        new Candidate("1", 50, 0.1, 2, Turn.IDLE),
                                        new Candidate("3", 200, 0.2, 2, Turn.IN_USE))),
                        UnaryOperator.identity());
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
        var last = capacity.parts().getLast();
        assertThat(last.label()).isEqualTo("free");
        assertThat(last.x() + last.width()).isEqualTo(1000, within(1e-6));
    }

    @Test
    void aMemoryWithoutALimitCountsNothing() {
        var capacity =
                MemoryCapacity.of(
                        report(Long.MAX_VALUE, Long.MAX_VALUE, Map.of("adapters", 250L)),
                        List.of(status("1", 250, Residence.RESIDENT)),
                        null,
                        UnaryOperator.identity());
        assertThat(capacity.limit()).isNull();
        assertThat(capacity.more()).isNull();
        assertThat(capacity.taken()).isNull();
        assertThat(capacity.hitRate()).isNull();
        assertThat(capacity.parts()).hasSize(1);
    }
}
