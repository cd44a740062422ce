package org.dlora.console.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.dlora.catalogue.history.NamedUsage;
import org.dlora.catalogue.history.TimedUsage;
import org.dlora.catalogue.history.UsageSums;
import org.dlora.catalogue.history.UsageUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class UsageTableTest {
    private static final Instant BEGIN = Instant.parse("2027-01-30T00:00:00Z");
    private static final Instant END = Instant.parse("2027-01-31T12:30:00Z");

    private static UsageSums tokens(long tokens) {
        return new UsageSums(2, 1, tokens - 10, 3, 10);
    }

    private static TimedUsage usage(String begin, long tokens) {
        return new TimedUsage(Instant.parse(begin), tokens(tokens));
    }

    private static UsageTable table(
            UsageUnit unit,
            List<NamedUsage> names,
            List<TimedUsage> all,
            Map<String, List<TimedUsage>> courses) {
        return UsageTable.of(
                names,
                all,
                name -> courses.getOrDefault(name, List.of()),
                UnaryOperator.identity(),
                new UsageTable.Span(unit, BEGIN, END));
    }

    @Test
    void eachNameHasItsSumsAndItsCourse() {
        var red = List.of(usage("2027-01-30T00:00:00Z", 170), usage("2027-01-31T00:00:00Z", 60));
        var blue = List.of(usage("2027-01-31T00:00:00Z", 510));
        var all = new ArrayList<>(red);
        all.addAll(blue);
        var table =
                table(
                        UsageUnit.DAY,
                        List.of(
                                new NamedUsage("blue", tokens(510)),
                                new NamedUsage("red", tokens(170).plus(tokens(60)))),
                        all,
                        Map.of("red", red, "blue", blue));
        assertThat(table.rows()).extracting(UsageTable.Row::name).containsExactly("blue", "red");
        assertThat(table.others()).isFalse();
        var last = table.rows().getLast();
        assertThat(last.sums()).isEqualTo(new UsageSums(4, 2, 210, 6, 20));
        assertThat(table.sum().tokens()).isEqualTo(740);
        assertThat(table.share(last)).isEqualTo(230.0 / 740);
        assertThat(table.labels()).containsExactly("blue", "red");
        assertThat(table.points())
                .containsExactly(
                        new UsageTable.Point(BEGIN, List.of(0L, 170L)),
                        new UsageTable.Point(
                                Instant.parse("2027-01-31T00:00:00Z"), List.of(510L, 60L)));
    }

    @Test
    void hoursWithoutRequestsAreThere() {
        var red = List.of(usage("2027-01-30T05:00:00Z", 110));
        var table =
                table(
                        UsageUnit.HOUR,
                        List.of(new NamedUsage("red", tokens(110))),
                        red,
                        Map.of("red", red));
        assertThat(table.points()).hasSize(37);
        var chart = new JsonMapper().readTree(table.chart());
        assertThat(chart.get("x").size()).isEqualTo(37);
        assertThat(chart.get("x").get(0).asLong()).isEqualTo(BEGIN.getEpochSecond());
        assertThat(chart.get("series").get(0).get("values").get(5).asLong()).isEqualTo(110);
    }

    @Test
    void namesWithFewestTokensShareOneSeriesAndOneRow() {
        var names =
                IntStream.range(0, UsageTable.MOST + 1)
                        .mapToObj(i -> new NamedUsage("n" + i, tokens(1000 - i)))
                        .toList();
        var at = "2027-01-30T00:00:00Z";
        var courses =
                Map.of(
                        "n0", List.of(usage(at, 1000)),
                        "n1", List.of(usage(at, 999)),
                        "n2", List.of(usage(at, 998)),
                        "n3", List.of(usage(at, 997)));
        var table = table(UsageUnit.DAY, names, List.of(usage(at, 1_000_000)), courses);
        assertThat(table.labels()).containsExactly("n0", "n1", "n2", "n3", "others");
        assertThat(table.points().getFirst().tokens())
                .containsExactly(1000L, 999L, 998L, 997L, 1_000_000L - 3994);
        assertThat(table.rows()).hasSize(UsageTable.MOST + 1);
        assertThat(table.others()).isTrue();
        assertThat(table.rows().getLast().name()).isEqualTo("others");
        assertThat(table.rows().getLast().tokens())
                .isEqualTo(1_000_000L - IntStream.range(0, 100).map(i -> 1000 - i).sum());
    }
}
