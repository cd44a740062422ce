package org.dlora.console.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
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
    void adaptersWithoutARequestForAMinuteAreForgotten() {
        rates.count("old");
        rates.count("sql");
        now.set(Instant.ofEpochSecond(1040));
        rates.count("sql");
        assertThat(rates.all()).isEqualTo(Map.of("old", 1 / 60.0, "sql", 2 / 60.0));
        now.set(Instant.ofEpochSecond(1070));
        assertThat(rates.all()).isEqualTo(Map.of("sql", 1 / 60.0));
        rates.count("other");
        assertThat(rates.counted()).isEqualTo(2);
    }

    /** Names of requests may be those of clients, who can make up as many as they like. */
    @Test
    void countedAdaptersAreBounded() {
        for (int i = 0; i < AdapterRates.MOST + 100; i++) {
            rates.count("made-up-" + i);
        }
        assertThat(rates.counted()).isEqualTo(AdapterRates.MOST);
        rates.count("made-up-0");
        assertThat(rates.of("made-up-0")).as("known ones go on").isEqualTo(2 / 60.0);
        now.set(Instant.ofEpochSecond(1060));
        rates.count("sql");
        assertThat(rates.all()).isEqualTo(Map.of("sql", 1 / 60.0));
        assertThat(rates.counted()).isEqualTo(1);
    }
}
