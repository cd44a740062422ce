package org.dlora.app.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.app.DloraApplication;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.cuda.StandIn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** GPUs of different compute capability in one process. */
@ExtendWith({NeedsCuda.class, OutputCaptureExtension.class})
class UnequalGpusTest {
    private static void start(String capabilities, String... devices) throws Exception {
        var arguments = new ArrayList<>(List.of("--server.port=0"));
        IntStream.range(0, devices.length)
                .forEach(i ->
                        arguments.add("--dlora.replicas[%d].device=%s".formatted(i, devices[i])));
        try (var _ = StandIn.with("CUDA_STANDIN_CAPABILITY", capabilities)) {
            var application = new SpringApplicationBuilder(DloraApplication.class);
            assertThat(
                            catchThrowable(() ->
                                    application.run(arguments.toArray(String[]::new)).close()))
                    .isNotNull();
        }
    }

    @Test
    void unequalGpusAreRefusedInALine(CapturedOutput output) throws Exception {
        start("80,90", "cuda:0", "cuda:1");
        assertThat(output.toString().stripTrailing())
                .endsWith(
                        "The replicas of a process have devices with one arithmetic: cuda:0 has cuda1-sm80, cuda:1 has cuda1-sm90. Start a server for each.");
        assertThat(output).doesNotContain("\tat ");
    }

    @Test
    void unequalGpusAreRefusedInAnyOrder(CapturedOutput output) throws Exception {
        start("90,90,86", "cuda:1", "cuda:2", "cuda:0");
        assertThat(output).contains("cuda:1 has cuda1-sm90, cuda:2 has cuda1-sm86.");
    }

    @Test
    void aGpuThatIsTooOldIsNamed(CapturedOutput output) throws Exception {
        start("90,75", "cuda:0", "cuda:1");
        assertThat(output)
                .contains("cuda:1, ", "has compute capability 7.5: expected 8.0 or newer")
                .doesNotContain("\tat ");
    }
}
