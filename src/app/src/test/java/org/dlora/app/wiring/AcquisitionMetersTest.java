package org.dlora.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.dlora.catalogue.source.Acquisition;
import org.dlora.catalogue.source.AcquisitionState;
import org.junit.jupiter.api.Test;

class AcquisitionMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private static Acquisition report(String source, AcquisitionState state, long bytes) {
        return new Acquisition(
                "1",
                "sql",
                source,
                false,
                true,
                state,
                bytes,
                null,
                null,
                null,
                null,
                Instant.EPOCH,
                Instant.EPOCH.plusSeconds(3));
    }

    @Test
    void countsSecondsAndBytesBySourceAndOutcome() {
        var meters = new AcquisitionMeters(registry);
        meters.accept(report("hf:org/name", AcquisitionState.READY, 10));
        meters.accept(report("hf:org/other@main", AcquisitionState.READY, 20));
        meters.accept(report("hf:org/name", AcquisitionState.FAILED, 5));
        meters.accept(report("upload", AcquisitionState.CANCELLED, 7));
        meters.accept(report("C:/team/sql", AcquisitionState.READY, 0));

        var ready = registry.get("dlora.acquisition").tags("source", "hf", "outcome", "ready");
        assertThat(ready.timer().count()).isEqualTo(2);
        assertThat(ready.timer().totalTime(TimeUnit.SECONDS)).isEqualTo(6);
        assertThat(bytes("hf")).isEqualTo(35);
        assertThat(bytes("upload")).isEqualTo(7);
        assertThat(
                        registry.get("dlora.acquisition")
                                .tags("source", "path", "outcome", "ready")
                                .timer()
                                .count())
                .isEqualTo(1);
    }

    private double bytes(String source) {
        return registry.get("dlora.acquisition.bytes").tag("source", source).counter().count();
    }
}
