package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlora.device.cpu.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.io.TempDir;

/** Starts as on a processor without AVX-512, where no kernels in C run. */
@EnabledOnOs(architectures = "amd64")
class KernelStartTest {
    private static final List<String> NARROW_VECTORS =
            List.of("-XX:UseAVX=2", "-Ddlora.cpu.vector=auto");
    private static final List<String> NO_VECTORS =
            List.of("-XX:UseAVX=2", "-Ddlora.cpu.vector=off");

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
                        "dlora.cpu.native is avx512-bf16, but these kernels do not run here: -XX:UseAVX=2 rules out AVX-512. Set it to auto.")
                .doesNotContain("Netty started", "\tat ", "Exception");
    }

    @Test
    void theLogSaysWhichKernelsAndWhy() throws Exception {
        assertThat(logOfAStart(NARROW_VECTORS))
                .contains(
                        "CPU kernels: Vector API, 256 bits (none in C run here: -XX:UseAVX=2 rules out AVX-512)");
    }

    /** An option of a file counts as one of the command line. */
    @Test
    void theLogSaysWhyForAnOptionOfAFile(@TempDir Path folder) throws Exception {
        var options = Files.writeString(folder.resolve("options"), "UseAVX=2\n");
        assertThat(logOfAStart(List.of("-XX:Flags=" + options, "-Ddlora.cpu.vector=off")))
                .contains("none in C run here: -XX:UseAVX=2 rules out AVX-512");
    }

    @Test
    void theLogSaysThatKernelsAreScalar() throws Exception {
        assertThat(logOfAStart(NO_VECTORS))
                .contains(
                        "CPU kernels: scalar, many times slower, because of dlora.cpu.vector=off (none in C run here: -XX:UseAVX=2 rules out AVX-512)");
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
                        "--native is avx512-bf16, but these kernels do not run here: -XX:UseAVX=2 rules out AVX-512",
                        "Usage: java -jar dlora.jar profile")
                .doesNotContain("\tat ", "Exception");
    }

    private static String logOfAStart(List<String> flags) throws Exception {
        // The length ends the start, after that line.
        var settings = List.of("--server.port=0", "--dlora.max-model-len=5000");
        return ForkedJvm.run(DloraApplication.class, flags, settings).output();
    }
}
