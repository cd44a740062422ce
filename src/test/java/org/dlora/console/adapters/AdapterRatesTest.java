package org.dlora.console.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.cluster.facts.ClusterEvents;
import org.junit.jupiter.api.Test;

class AdapterRatesTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(1000));
    private final AdapterRates rates = new AdapterRates(new ClusterEvents(now::get));

    @Test
    void rateIsThatOfTheLastMinute() {
        for (int i = 0; i < 30; i++) {
            rates.count("sql");
        }
        assertThat(rates.of("sql")).isEqualTo(0.5);
        assertThat(rates.of("other")).isZero();
        now.set(Instant.ofEpochSecond(1059));
        rates.count("sql");
        assertThat(rates.of("sql")).isEqualTo(31 / 60.0);
        now.set(Instant.ofEpochSecond(1060));
        assertThat(rates.of("sql")).as("the first second has left").isEqualTo(1 / 60.0);
        now.set(Instant.ofEpochSecond(100_000));
        assertThat(rates.of("sql")).isZero();
    }

    @Test
    void adaptersThatAreNotServedAreForgotten() {
        rates.count("sql");
        rates.keep(Set.of("other"));
        assertThat(rates.of("sql")).isZero();
    }
}
