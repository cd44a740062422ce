package org.dlora.device.cpu.attention;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.junit.jupiter.api.Test;

class AttentionUnitsTest {
    private record Part(int chunk, int row, int kvHead) {}

    @Property(tries = 100)
    void eachKvHeadOfEachRowIsInOneUnit(
            @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 1, max = 300) Integer> rows,
            @ForAll @IntRange(min = 1, max = 4) int kvHeads,
            @ForAll @IntRange(min = 1, max = 9) int group,
            @ForAll @IntRange(min = 1, max = 8) int workers) {
        var expected = new ArrayList<Part>();
        for (int chunk = 0; chunk < rows.size(); chunk++) {
            for (int row = 0; row < rows.get(chunk); row++) {
                for (int head = 0; head < kvHeads; head++) {
                    expected.add(new Part(chunk, row, head));
                }
            }
        }
        try (var units = new AttentionUnits()) {
            units.begin(batch(rows, 0));
            units.cut(shape(kvHeads, group), workers);
            assertThat(parts(units)).hasSameSizeAs(expected).hasSameElementsAs(expected);
        }
    }

    private static List<Part> parts(AttentionUnits units) {
        var parts = new ArrayList<Part>();
        for (int unit = 0; unit < units.size(); unit++) {
            int firstRow = units.firstRow(unit);
            int kvHead = units.kvHead(unit);
            for (int row = firstRow; row < firstRow + units.rows(unit); row++) {
                for (int head = kvHead; head < kvHead + units.kvHeads(); head++) {
                    parts.add(new Part(units.chunk(unit), row, head));
                }
            }
        }
        return parts;
    }

    @Property(tries = 100)
    void theRunsAreTheUnitsInOrder(
            @ForAll @Size(min = 1, max = 100) List<@IntRange(min = 1, max = 40) Integer> rows,
            @ForAll @IntRange(min = 1, max = 8) int workers) {
        try (var units = new AttentionUnits()) {
            units.begin(batch(rows, 100));
            units.cut(shape(2, 3), workers);
            int next = 0;
            for (int run = 0; run < units.runs(); run++) {
                assertThat(units.from(run)).isEqualTo(next);
                assertThat(units.to(run)).isGreaterThan(next);
                next = units.to(run);
            }
            assertThat(next).isEqualTo(units.size());
        }
    }

    @Test
    void aPromptLeavesSeveralUnitsToEachOfManyWorkers() {
        try (var units = new AttentionUnits()) {
            units.begin(batch(List.of(128), 0));
            units.cut(shape(3, 3), 16);
            assertThat(units.size()).isGreaterThanOrEqualTo(4 * 16);
        }
    }

    @Test
    void decodeRowsOfManySequencesShareRuns() {
        try (var units = new AttentionUnits()) {
            units.begin(batch(IntStream.range(0, 64).map(_ -> 1).boxed().toList(), 128));
            units.cut(shape(3, 3), 2);
            assertThat(units.size()).isEqualTo(64);
            assertThat(units.runs()).isBetween(8, 16);
        }
    }

    @Test
    void unitsAreDescribedOffTheHeapWithTheBlocksOfTheirSequences() {
        var batch = batch(List.of(40, 3), 20);
        try (var units = new AttentionUnits()) {
            units.begin(batch);
            units.cut(shape(2, 2), 2);
            for (int unit = 0; unit < units.size(); unit++) {
                Chunk chunk = batch.chunks().get(units.chunk(unit));
                MemorySegment at = units.segment().asSlice(32L * unit, 32);
                int row = units.firstRow(unit);
                assertThat(at.get(JAVA_INT, 8)).isEqualTo(chunk.firstPosition() + row);
                assertThat(at.get(JAVA_INT, 12)).isEqualTo(chunk.firstRow() + row);
                assertThat(at.get(JAVA_INT, 16)).isEqualTo(units.rows(unit));
                assertThat(at.get(JAVA_INT, 20)).isEqualTo(units.kvHead(unit));
                assertThat(at.get(JAVA_INT, 24)).isEqualTo(units.kvHeads());
                long table = at.get(JAVA_LONG, 0) - units.segment().address();
                for (int i = 0; i < chunk.blockTable().length; i++) {
                    assertThat(units.segment().get(JAVA_INT, table + 4L * i))
                            .isEqualTo(chunk.blockTable()[i]);
                }
            }
        }
    }

    private static AttentionShape shape(int kvHeads, int group) {
        return new AttentionShape(kvHeads * group, kvHeads, 64, 1, 0);
    }

    /** Returns chunks of some rows, each with {@code past} positions before them. */
    private static RaggedBatch batch(List<Integer> rows, int past) {
        var chunks = new ArrayList<Chunk>();
        int row = 0;
        for (int count : rows) {
            int first = row;
            int blocks = KvLayout.blocksFor(past + count);
            int[] table = IntStream.range(0, blocks).map(i -> 7 * first + i).toArray();
            chunks.add(new Chunk(row, count, past, table));
            row += count;
        }
        return new RaggedBatch(new int[row], new int[row], chunks);
    }
}
