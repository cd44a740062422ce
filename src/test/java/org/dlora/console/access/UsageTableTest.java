package org.dlora.console.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.dlora.cluster.history.UsageRecord;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class UsageTableTest {
    private static final Instant BEGIN = Instant.parse("2027-01-30T00:00:00Z");

    private static UsageRecord used(String hour, String team, long tokens) {
        return new UsageRecord(Instant.parse(hour), "sql", "dlora_1", team, 2, 1, tokens, 3, 10);
    }

    private static UsageTable table(ChronoUnit unit, UsageRecord... records) {
        return UsageTable.of(
                List.of(records),
                record -> Objects.requireNonNull(record.team()),
                unit,
                BEGIN,
                Instant.parse("2027-01-31T12:30:00Z"));
    }

    @Test
    void namesAreSummedAndThoseOfMostTokensComeFirst() {
        var table =
                table(
                        ChronoUnit.DAYS,
                        used("2027-01-30T05:00:00Z", "red", 100),
                        used("2027-01-30T06:00:00Z", "red", 50),
                        used("2027-01-31T01:00:00Z", "blue", 500));
        assertThat(table.rows()).extracting(UsageTable.Row::name).containsExactly("blue", "red");
        var red = table.rows().getLast();
        assertThat(red.tokens()).isEqualTo(170);
        assertThat(red.requests()).isEqualTo(4);
        assertThat(red.failed()).isEqualTo(2);
        assertThat(table.sum().tokens()).isEqualTo(680);
        assertThat(table.share(red)).isEqualTo(0.25);
        assertThat(table.points())
                .containsExactly(
                        new UsageTable.Point(BEGIN, List.of(0L, 170L)),
                        new UsageTable.Point(
                                Instant.parse("2027-01-31T00:00:00Z"), List.of(510L, 0L)));
    }

    @Test
    void hoursWithoutRequestsAreThere() {
        var table = table(ChronoUnit.HOURS, used("2027-01-30T05:00:00Z", "red", 100));
        assertThat(table.points()).hasSize(37);
        var chart = new JsonMapper().readTree(table.chart());
        assertThat(chart.get("x").size()).isEqualTo(37);
        assertThat(chart.get("x").get(0).asLong()).isEqualTo(BEGIN.getEpochSecond());
        assertThat(chart.get("series").get(0).get("values").get(5).asLong()).isEqualTo(110);
    }

    @Test
    void namesOfFewTokensAreOneSeries() {
        var table =
                table(
                        ChronoUnit.DAYS,
                        used("2027-01-30T00:00:00Z", "a", 600),
                        used("2027-01-30T00:00:00Z", "b", 500),
                        used("2027-01-30T00:00:00Z", "c", 400),
                        used("2027-01-30T00:00:00Z", "d", 300),
                        used("2027-01-30T00:00:00Z", "e", 200),
                        used("2027-01-30T00:00:00Z", "f", 100));
        assertThat(table.labels()).containsExactly("a", "b", "c", "d", "others");
        assertThat(table.points().getFirst().tokens())
                .containsExactly(610L, 510L, 410L, 310L, 320L);
    }
}
