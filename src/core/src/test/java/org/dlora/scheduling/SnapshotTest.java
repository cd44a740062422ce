package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SnapshotTest {
    @Test
    void findsSequencesWhetherOrNotIdsAscendWithAge() {
        for (var ids : List.of(new long[] {1, 4, 5, 9, 12}, new long[] {9, 1, 12, 4, 5})) {
            var snapshot =
                    new Snapshot(
                            LongStream.of(ids)
                                    .mapToObj(id ->
                                            new SequenceView(id, AdapterRef.base(), id, 5, 0, 0))
                                    .toList(),
                            10,
                            new StepLimits(4, 64, 16));
            for (long id : ids) {
                assertThat(snapshot.sequence(id).id()).isEqualTo(id);
            }
            assertThat(snapshot.find(2)).isEmpty();
            assertThatThrownBy(() -> snapshot.sequence(2)).hasMessageContaining("sequence 2");
        }
    }
}
