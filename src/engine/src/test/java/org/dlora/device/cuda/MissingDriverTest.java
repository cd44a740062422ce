package org.dlora.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.device.cpu.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tests of the refusals of GPUs that cannot serve, each in a JVM of its own. */
class MissingDriverTest {

    private static String probe(String... flags) throws Exception {
        var jvm = ForkedJvm.run(GpuProbe.class, List.of(flags), List.of("0"));
        assertThat(jvm.exitCode()).isZero();
        return jvm.output().strip();
    }

    @Test
    void aDriverThatIsNotThereIsNamedInALineWithoutJcuda() throws Exception {
        var said = probe("-Ddlora.cuda.driver=/nowhere/libcuda.so.1", "-Xlog:class+load=info");
        assertThat(said)
                .contains(
                        "CudaUnavailableException: There is no NVIDIA driver: /nowhere/libcuda.so.1 cannot be loaded (")
                .doesNotContain("jcuda.driver.JCudaDriver");
    }

    @Test
    @ExtendWith(NeedsCuda.class)
    void kernelsThatAreNotThereAreNamedInALine() throws Exception {
        var driver = "-Ddlora.cuda.driver=" + System.getProperty("dlora.cuda.driver");
        assertThat(probe(driver, "-Ddlora.cuda.kernels=/nowhere"))
                .contains("\nKernelsMissingException: There are no kernels for GPUs in /nowhere: ")
                .hasLineCount(2);
        assertThat(
                        probe(
                                driver,
                                "-Ddlora.cuda.kernels=" + System.getProperty("dlora.cuda.kernels")))
                .endsWith("\nopened");
    }
}
