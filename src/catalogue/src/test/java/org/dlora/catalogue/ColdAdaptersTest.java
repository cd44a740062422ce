package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryReservation;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.rebalance.AdapterCopies;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Work that is done again and again, beside thousands of adapters that are registered and neither
 * resident nor asked for.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ColdAdaptersTest {
    private static final int REGISTERED = 10_000;

    private final AtomicInteger visits = new AtomicInteger();
    private final TinyServer server = new TinyServer(List.of(TinyServer.ADAPTERS));

    @BeforeEach
    void register() {
        server.load("sql", "r8-all", true);
        for (int i = 0; i < REGISTERED; i++) {
            server.memory.register("cold" + i, new Cold(visits));
        }
        visits.set(0);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private String resident() {
        return server.catalogue.find("sql").orElseThrow().id();
    }

    @Test
    void aScrapeVisitsResidentAdaptersAlone() {
        var resident = server.registry.get("dlora.adapters.resident").gauge();
        assertThat(resident.value()).isEqualTo(1);
        assertThat(server.cluster.residentAdapters()).hasSize(1);
        assertThat(visits).hasValue(0);
    }

    @Test
    void aRebalancingProblemHasResidentAdaptersAlone() {
        var problem = server.cluster.balance().problem();
        assertThat(problem.adapters()).extracting(AdapterCopies::id).containsExactly(resident());
        assertThat(visits).hasValue(0);
    }

    @Test
    void placementVisitsOnlyRequestedAdapters() {
        var placer = server.cluster.placer();
        placer.place();
        assertThat(visits).hasValue(0);
        for (int i = 0; i < 100; i++) {
            placer.arrived(AdapterRef.of("cold7"));
        }
        placer.place();
        assertThat(visits).hasPositiveValue().hasValueLessThan(100);
    }

    /** A registered adapter that counts how often it is looked at. */
    private record Cold(AtomicInteger visits) implements RegisteredAdapter {
        @Override
        public String name() {
            visits.incrementAndGet();
            return "cold";
        }

        @Override
        public Path folder() {
            return Path.of("cold");
        }

        @Override
        public long bytes() {
            visits.incrementAndGet();
            return 1;
        }

        @Override
        public List<String> warnings() {
            return List.of();
        }

        @Override
        public Optional<String> version() {
            return Optional.empty();
        }

        @Override
        public String validate() {
            throw new UnsupportedOperationException();
        }

        @Override
        public AdapterWeights upload(
                AdapterUploader to, MemoryReservation memory, UploadPace pace) {
            throw new UnsupportedOperationException();
        }
    }
}
