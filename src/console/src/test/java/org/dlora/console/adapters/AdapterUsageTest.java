package org.dlora.console.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.dlora.catalogue.history.RequestLatency;
import org.dlora.catalogue.history.TimedUsage;
import org.dlora.catalogue.history.UsageSums;
import org.junit.jupiter.api.Test;

class AdapterUsageTest {
    private static final Instant SINCE = Instant.parse("2026-11-26T05:00:00Z");

    @Test
    void hoursHaveGapsOfZero() {
        var third = SINCE.plus(Duration.ofHours(2));
        var hours =
                AdapterUsage.hours(
                        SINCE,
                        List.of(
                                new TimedUsage(third, new UsageSums(5, 1, 50, 3, 20)),
                                new TimedUsage(
                                        SINCE.minusSeconds(3600), new UsageSums(9, 9, 9, 9, 9))),
                        List.of());
        assertThat(hours).hasSize(AdapterUsage.HOURS);
        assertThat(hours.get(1).requests()).isZero();
        assertThat(hours.get(2))
                .isEqualTo(new AdapterUsage.Hour(third, 5, 1, 50, 20, null, null, null));
    }

    @Test
    void latenciesAreThoseOfTheHourInWhichARequestEnded() {
        var second = SINCE.plus(Duration.ofHours(1));
        var hours =
                AdapterUsage.hours(
                        SINCE,
                        List.of(),
                        List.of(
                                new RequestLatency(
                                        second.minusSeconds(1),
                                        second.plusSeconds(1),
                                        second.plusSeconds(3),
                                        5),
                                new RequestLatency(
                                        second, second.plusSeconds(4), second.plusSeconds(4), 1)));
        assertThat(hours.getFirst().median()).isNull();
        assertThat(hours.get(1))
                .isEqualTo(new AdapterUsage.Hour(second, 0, 0, 0, 0, 2.0, 4.0, 0.5));
    }

    @Test
    void chartsBeginWithTheFirstRequest() {
        var at = SINCE.plus(Duration.ofHours(20));
        var one = new TimedUsage(at, new UsageSums(1, 0, 1, 0, 1));
        assertThat(AdapterUsage.drawn(AdapterUsage.hours(SINCE, List.of(one), List.of())))
                .hasSize(AdapterUsage.HOURS - 20)
                .first()
                .extracting(AdapterUsage.Hour::at)
                .isEqualTo(at);
        assertThat(AdapterUsage.drawn(AdapterUsage.hours(SINCE, List.of(), List.of()))).hasSize(12);
    }
}
