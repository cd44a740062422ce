package org.dlora.cluster.fidelity;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import org.dlora.adapter.content.MergeFidelity;
import org.junit.jupiter.api.Test;

class FidelityMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final FidelityMeters meters = new FidelityMeters(registry);

    private Gauge survival(String adapter) {
        return registry.get("dlora.merge.fidelity").tag("adapter", adapter).gauge();
    }

    @Test
    void aGaugeLastsWhileItsAdapterIsShown() {
        meters.show(Map.of("sql", new MergeFidelity(0.5, 0, 0)));
        var sql = survival("sql");
        meters.show(
                Map.of("sql", new MergeFidelity(0.75, 0, 0), "law", new MergeFidelity(1, 0, 0)));
        assertThat(survival("sql")).isSameAs(sql);
        assertThat(sql.value()).isEqualTo(0.75);
        assertThat(survival("law").value()).isOne();
        meters.show(Map.of("law", new MergeFidelity(1, 0, 0)));
        assertThat(registry.find("dlora.merge.fidelity").tag("adapter", "sql").gauge()).isNull();
        assertThat(registry.find("dlora.merge.fidelity").gauges()).hasSize(1);
    }
}
