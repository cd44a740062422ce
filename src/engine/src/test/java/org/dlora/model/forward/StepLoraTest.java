package org.dlora.model.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.reference.Numbers;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearSite;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StepLoraTest {
    private static final int[] NONE = {};
    private static final int QKV = LinearSite.QKV.in(1).index();
    private static final int OUTPUT = LayerSite.OUTPUT.index();

    private final CpuDevice device = new CpuDevice();
    private final LoraTerm term =
            new LoraTerm.Replacement(
                    device.matrix(List.of(new Numbers(1).tensor(DType.F32, 2, 2)), DType.F32));
    private final StepLora lora = new StepLora(2);

    @AfterEach
    void free() {
        ((LoraTerm.Replacement) term).weight().close();
    }

    @Test
    void theSameGroupsAreTheSameBatch() {
        LoraGroups groups = at -> at.site() == LinearSite.QKV ? group(0, 4) : List.of();

        var first = lora.of(groups, new int[] {3});

        assertThat(first.at(QKV)).isEqualTo(group(0, 4));
        assertThat(first.at(LinearSite.O.in(1).index())).isEmpty();
        assertThat(lora.of(groups, new int[] {3})).isSameAs(first);
        assertThat(lora.of(groups, new int[] {1, 2})).isSameAs(first);
        assertThat(lora.of(at -> groups.at(at), new int[] {3})).isNotSameAs(first);
    }

    @Test
    void groupsAtTheOutputFollowTheLogitRows() {
        LoraGroups groups = at -> group(1, 3);

        var none = lora.of(groups, NONE);
        var two = lora.of(groups, new int[] {0, 2, 3});

        assertThat(none.at(OUTPUT)).isEmpty();
        assertThat(two.at(OUTPUT)).isEqualTo(group(1, 2));
        assertThat(two.at(QKV)).as("the others stay").isSameAs(none.at(QKV));
        assertThat(lora.of(groups, new int[] {0, 2, 3})).isSameAs(two);
        assertThat(lora.of(groups, new int[] {3}).at(OUTPUT)).isEqualTo(group(0, 1));
    }

    @Test
    void logitRowsHaveTheirGroupsBehindTheLastAttention() {
        int[] rows = {0, 2, 3};
        var whole = lora.of(at -> group(1, 3), rows);

        var some = lora.ofLogitRows(whole, rows);

        for (var site : List.of(LinearSite.O, LinearSite.GATE_UP, LinearSite.DOWN)) {
            assertThat(some.at(site.in(1).index())).isEqualTo(group(1, 2));
            assertThat(some.at(site.in(0).index())).isEmpty();
        }
        assertThat(some.at(QKV)).isEmpty();
        assertThat(some.at(OUTPUT)).isEqualTo(group(1, 2));
    }

    @Test
    void aStepWithoutAdaptersHasNoGroups() {
        var whole = lora.of(LoraGroups.NONE, NONE);
        assertThat(whole).isSameAs(LoraBatch.NONE);
        assertThat(lora.ofLogitRows(whole, new int[] {3})).isSameAs(LoraBatch.NONE);
    }

    private List<LoraGroup> group(int firstRow, int rows) {
        return List.of(new LoraGroup(firstRow, rows, List.of(term)));
    }
}
