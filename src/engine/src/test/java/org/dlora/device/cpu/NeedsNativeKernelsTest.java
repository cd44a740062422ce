package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Kernels that are there but not used are none, for whoever requires them. */
@ExtendWith(NeedsNativeKernels.class)
class NeedsNativeKernelsTest {
    private static final String NARROW_VECTORS = "-XX:MaxVectorSize=32";

    @Test
    void aLibraryThatLoadsIsNotEnough() throws Exception {
        var run = ForkedJvm.run(NeedsNativeKernelsTest.class, NARROW_VECTORS);
        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output())
                .contains(
                        "missing: a device computes by",
                        "why: the JVM's vectors have 8 lanes, the kernels in C 16");
    }

    @Test
    void requiredMembersWithoutUseAreReported() throws Exception {
        var run =
                ForkedJvm.run(
                        NeedsNativeKernelsTest.class,
                        NARROW_VECTORS,
                        "-Ddlora.test.native=required");
        assertThat(run.exitCode()).as(run.output()).isEqualTo(1);
        assertThat(run.output()).contains("they are not used");
    }

    public static void main(String[] args) {
        System.out.println("missing: " + NeedsNativeKernels.missing());
        System.out.println("why: " + KernelChoice.missing(KernelFamily.AVX512));
    }
}
