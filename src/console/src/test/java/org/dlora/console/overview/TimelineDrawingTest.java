package org.dlora.console.overview;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.samples.ReplicaSample;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.dlora.cluster.samples.SampleState;
import org.dlora.console.overview.TimelinePicture.Lane;
import org.dlora.console.overview.TimelinePicture.Run;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.SentKv;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimelineDrawingTest {
    /** A multiple of all lengths of slots. */
    private static final Instant NOW = Instant.parse("2026-01-02T03:05:00Z");

    private static ReplicaSample sample(
            int ago, SampleState state, @Nullable String adapter, int waiting) {
        return new ReplicaSample(NOW.minusSeconds(ago), state, adapter, 1, waiting, 1, 8, 10, 1);
    }

    private static ReplicaTimeline line(String replica, List<ReplicaSample> samples) {
        return new ReplicaTimeline(replica, "CPU", samples, Mode.unmerged(), null, NOW, null, null);
    }

    private static TimelinePicture draw(ReplicaTimeline... lines) {
        return TimelineDrawing.draw(List.of(lines), List.of(), NOW);
    }

    /** Draws the lane of a replica alone. */
    private static Lane lane(ReplicaSample... samples) {
        return draw(line("0", List.of(samples))).lanes().getFirst();
    }

    private static MigrationRecord move(String to, int ago, MigrationResult result) {
        return new MigrationRecord(
                "id",
                "sql",
                "0",
                to,
                NOW.minusSeconds(ago),
                0.5,
                new SentKv(0, 0, 0),
                null,
                result,
                MoveCause.BY_HAND,
                null);
    }

    @Test
    void secondsOfOneStateAreOnePart() {
        var samples = new ArrayList<ReplicaSample>();
        for (int ago = 299; ago >= 150; ago--) {
            samples.add(sample(ago, SampleState.UNMERGED, null, 0));
        }
        for (int ago = 149; ago >= 0; ago--) {
            samples.add(sample(ago, SampleState.MERGED, "sql", 3));
        }
        var runs = draw(line("0", samples)).lanes().getFirst().runs();
        assertThat(runs).extracting(Run::state).containsExactly("unmerged", "merged");
        assertThat(runs).extracting(Run::x).containsExactly("0.00%", "50.00%");
        assertThat(runs).extracting(Run::width).containsExactly("50.00%", "50.00%");
        assertThat(runs).extracting(Run::label).containsExactly(null, "sql");
        assertThat(runs.getLast().title())
                .isEqualTo(
                        "Merged with sql for 150 s, until 0 s ago; 1500 output tokens, up to 3 waiting");
    }

    @Test
    void anotherAdapterIsAnotherPart() {
        var runs =
                lane(
                                sample(2, SampleState.MERGED, "sql", 0),
                                sample(1, SampleState.MERGED, "chat", 0),
                                sample(0, SampleState.MIXED, "chat", 0))
                        .runs();
        assertThat(runs).hasSize(3);
        assertThat(runs).extracting(Run::label).as("too narrow").containsOnlyNulls();
    }

    @Test
    void secondsWithoutSamplesStayEmpty() {
        var lane =
                lane(sample(100, SampleState.IDLE, null, 0), sample(10, SampleState.IDLE, null, 2));
        assertThat(lane.runs()).extracting(Run::width).containsExactly("0.33%", "0.33%");
        assertThat(lane.queue()).isEqualTo("M199 54.5H200M289 41.4H290");
    }

    @Test
    void aLateSampleCoversTheTimeSinceTheOneBefore() {
        var runs =
                lane(sample(20, SampleState.IDLE, null, 0), sample(14, SampleState.IDLE, null, 0))
                        .runs();
        assertThat(runs).extracting(Run::width).containsExactly("2.33%");
        assertThat(runs.getFirst().title()).startsWith("Idle for 7 s, until 14 s ago");
    }

    @Test
    void queueIsAsHighAsTheLaneAtItsPeak() {
        var picture =
                draw(
                        line(
                                "0",
                                List.of(
                                        sample(2, SampleState.IDLE, null, 0),
                                        sample(1, SampleState.IDLE, null, 100),
                                        sample(0, SampleState.IDLE, null, 100))),
                        line("1", List.of(sample(0, SampleState.IDLE, null, 50))));
        assertThat(picture.peak()).isEqualTo(100);
        assertThat(picture.lanes().getFirst().queue()).isEqualTo("M297 54.5H298V2H299H300");
        assertThat(picture.lanes().getLast().y()).isEqualTo(60);
        assertThat(picture.lanes().getLast().queue()).isEqualTo("M299 88.3H300");
    }

    @ParameterizedTest
    @CsvSource({"1, 56", "4, 56", "8, 36", "16, 24", "32, 16"})
    void lanesGetThinnerWithMoreReplicas(int replicas, int height) {
        var lines =
                IntStream.range(0, replicas)
                        .mapToObj(i ->
                                line(
                                        String.valueOf(i),
                                        IntStream.range(0, 300)
                                                .mapToObj(s ->
                                                        sample(
                                                                299 - s,
                                                                s % 2 == 0
                                                                        ? SampleState.MIXED
                                                                        : SampleState.MERGED,
                                                                "sql",
                                                                1))
                                                .toList()))
                        .toArray(ReplicaTimeline[]::new);
        var picture = draw(lines);
        assertThat(picture.laneHeight()).isEqualTo(height);
        assertThat(picture.height()).isLessThan(700);
        assertThat(picture.lanes().stream().mapToInt(lane -> lane.runs().size()).sum())
                .as("parts that are sent each second")
                .isLessThan(2000);
    }

    @Test
    void slotOfSeveralSecondsHasTheStateOfMostOfThem() {
        var samples =
                List.of(
                        sample(4, SampleState.UNMERGED, null, 0),
                        sample(3, SampleState.MERGED, "sql", 0),
                        sample(2, SampleState.MERGED, "sql", 9),
                        sample(1, SampleState.MERGED, "sql", 0));
        var lines =
                IntStream.range(0, 20)
                        .mapToObj(i -> line(String.valueOf(i), samples))
                        .toArray(ReplicaTimeline[]::new);
        assertThat(draw(lines).lanes().getFirst().runs())
                .singleElement()
                .satisfies(run -> {
                    assertThat(run.state()).isEqualTo("merged");
                    assertThat(run.title()).contains("40 output tokens, up to 9 waiting");
                });
    }

    @Test
    void movesOfTheLastMinutesAreArcsToTheirLane() {
        var lines = List.of(line("0", List.of()), line("1", List.of()));
        var moves =
                List.of(
                        move("1", 100, new MigrationResult.Moved()),
                        move("1", 100, new MigrationResult.Failed("of the test")),
                        move("gone", 100, new MigrationResult.Moved()),
                        move("1", 400, new MigrationResult.Moved()));
        var arcs = TimelineDrawing.draw(lines, moves, NOW).arcs();
        assertThat(arcs)
                .singleElement()
                .satisfies(arc -> {
                    assertThat(arc.path()).isEqualTo("M200.5 28C205.5 28 205.5 88 200.5 88");
                    assertThat(arc.y()).isEqualTo(88);
                    assertThat(arc.title())
                            .isEqualTo(
                                    "Request of sql moved from replica 0 to replica 1, 100 s ago");
                });
    }

    @Test
    void tableHasTheSharesOfEachMinute() {
        var samples = new ArrayList<ReplicaSample>();
        for (int ago = 59; ago >= 0; ago--) {
            samples.add(
                    ago < 15
                            ? sample(ago, SampleState.MIXED, "sql", ago)
                            : ago < 45
                                    ? sample(ago, SampleState.MERGED, "chat", 0)
                                    : sample(ago, SampleState.AWAY, null, 0));
        }
        var table =
                TimelineTable.of(
                        List.of(line("0", samples)),
                        List.of(move("1", 10, new MigrationResult.Moved())),
                        NOW);
        assertThat(table.minutes())
                .containsExactly(
                        new TimelineTable.Minute(
                                "0",
                                NOW.minusSeconds(60),
                                0,
                                0.5,
                                0.25,
                                0,
                                0.25,
                                "chat, sql",
                                14,
                                600));
        assertThat(table.moves()).extracting(TimelineTable.Move::to).containsExactly("1");
    }
}
