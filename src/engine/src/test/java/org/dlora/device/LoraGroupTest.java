package org.dlora.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.ReferenceDevice;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

class LoraGroupTest {
    private final List<LoraTerm> terms;

    LoraGroupTest() {
        var device = new ReferenceDevice();
        var weight = device.matrix(List.of(new Numbers(1).tensor(DType.F32, 2, 2)), DType.F32);
        terms = List.of(new LoraTerm.Replacement(weight));
    }

    @Test
    void gatheredRowsKeepTheirGroups() {
        var groups = List.of(group(2, 3), group(5, 2), group(9, 1));
        assertThat(LoraGroup.gathered(groups, new int[] {0, 2, 4, 5, 7, 9}))
                .containsExactly(group(1, 2), group(3, 1), group(5, 1));
    }

    @Test
    void neighboursOfDifferentGroupsAreNotJoined() {
        assertThat(LoraGroup.gathered(List.of(group(0, 1), group(1, 1)), new int[] {0, 1}))
                .containsExactly(group(0, 1), group(1, 1));
    }

    @Test
    void rowsMayComeInAnyOrderAndTwice() {
        assertThat(LoraGroup.gathered(List.of(group(1, 2)), new int[] {2, 1, 2, 0, 1}))
                .containsExactly(group(0, 3), group(4, 1));
    }

    @Test
    void baseRowsAreInNoGroup() {
        assertThat(LoraGroup.gathered(List.of(group(1, 2)), new int[] {0, 3})).isEmpty();
        assertThat(LoraGroup.gathered(List.of(), new int[] {0, 3})).isEmpty();
        assertThat(LoraGroup.gathered(List.of(group(1, 2)), new int[] {})).isEmpty();
    }

    private LoraGroup group(int firstRow, int rows) {
        return new LoraGroup(firstRow, rows, terms);
    }
}
