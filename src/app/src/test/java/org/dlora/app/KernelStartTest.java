package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.device.cpu.ForkedJvm;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Starts where no kernels in C run, as vectors are too narrow for them. */
@ExtendWith(NeedsNativeKernels.class)
class KernelStartTest {
    private static final List<String> NARROW_VECTORS = List.of("-XX:UseAVX=2");

    @Test
    void aServerSaysWhyBeforeItListens() throws Exception {
        var run =
                ForkedJvm.run(
                        DloraApplication.class,
                        NARROW_VECTORS,
                        List.of("--server.port=0", "--dlora.cpu.native=avx512-bf16"));
        assertThat(run.exitCode()).as(run.output()).isOne();
        assertThat(run.output().stripTrailing())
                .endsWith(
                        "dlora.cpu.native is avx512-bf16, but these kernels do not run here: the JVM's vectors have 8 lanes, the kernels in C 16. Set it to auto.")
                .doesNotContain("Netty started", "\tat ", "Exception");
    }

    @Test
    void theLogSaysWhichKernelsAndWhy() throws Exception {
        // The length ends the start, after that line.
        var run =
                ForkedJvm.run(
                        DloraApplication.class,
                        NARROW_VECTORS,
                        List.of("--server.port=0", "--dlora.max-model-len=5000"));
        assertThat(run.output())
                .contains(
                        "CPU kernels: Vector API, 256 bits (none in C run here: the JVM's vectors have 8 lanes, the kernels in C 16)");
    }

    @Test
    void aProfileSaysWhyBesideItsUsage() throws Exception {
        var run =
                ForkedJvm.run(
                        DloraApplication.class,
                        NARROW_VECTORS,
                        List.of("profile", "--native=avx512-bf16"));
        assertThat(run.exitCode()).as(run.output()).isEqualTo(2);
        assertThat(run.output())
                .contains(
                        "--native is avx512-bf16, but these kernels do not run here: the JVM's vectors have 8 lanes",
                        "Usage: java -jar dlora.jar profile")
                .doesNotContain("\tat ", "Exception");
    }
}
