package org.dlora.device.cpu.lora;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TermRunsTest {
    private final MemoryAccount account = new MemoryAccount();
    private final List<CpuVector> opened = new ArrayList<>();

    @AfterEach
    void free() {
        opened.forEach(CpuVector::close);
    }

    @Test
    void runsOfOverlappingTermsKeepTheirOrder() {
        assertThat(TermRuns.runs(List.of(shift(0, 2), shift(2, 2), shift(4, 2))))
                .containsExactly(List.of(0), List.of(1), List.of(2));
        assertThat(TermRuns.runs(List.of(shift(0, 2), shift(4, 2), shift(1, 2))))
                .containsExactly(List.of(1), List.of(0, 2));
        // The last term joins two runs that had nothing in common.
        assertThat(TermRuns.runs(List.of(shift(0, 2), shift(4, 2), shift(9, 1), shift(1, 4))))
                .containsExactly(List.of(2), List.of(0, 1, 3));
        assertThat(TermRuns.runs(List.of())).isEmpty();
    }

    @Test
    void termsAreAlikeIfTheyHaveTheSameOutputs() {
        assertThat(TermRuns.alike(List.of(shift(2, 3), affine(2, 3), shift(2, 3)))).isTrue();
        assertThat(TermRuns.alike(List.of(affine(2, 3), shift(2, 2)))).isFalse();
        assertThat(TermRuns.alike(List.of(affine(2, 3), shift(3, 3)))).isFalse();
        assertThat(TermRuns.alike(List.of(affine(2, 3), shift(3, 2)))).isFalse();
    }

    private LoraTerm shift(int firstOutput, int outputs) {
        return new Shift(vector(outputs), firstOutput);
    }

    private LoraTerm affine(int firstOutput, int outputs) {
        return new Affine(vector(outputs), Optional.empty(), firstOutput);
    }

    private CpuVector vector(int size) {
        var vector = CpuVector.of(new float[size], account);
        opened.add(vector);
        return vector;
    }
}
