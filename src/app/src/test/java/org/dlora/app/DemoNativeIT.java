package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The demo on each family of the kernels in C. */
@ExtendWith(NeedsNativeKernels.class)
class DemoNativeIT {
    private static final Path DEMO = TestFiles.demo();
    private static final int IN_FLIGHT = 64;

    /**
     * Answers of the 247 that may differ. Where two tokens are almost equally likely, rounding to
     * bfloat16 decides.
     */
    private static final int NEAR_TIES = 2;

    @Test
    @NeedsKernels(KernelFamily.AVX512)
    void adaptersGiveTheirAnswersByMultiplyAdds() throws Exception {
        adaptersGiveTheirAnswersInOneBatch("avx512");
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512_BF16)
    void adaptersGiveTheirAnswersByDotProducts() throws Exception {
        adaptersGiveTheirAnswersInOneBatch("avx512-bf16");
    }

    @Test
    @NeedsKernels(KernelFamily.AMX)
    void adaptersGiveTheirAnswersByTiles() throws Exception {
        adaptersGiveTheirAnswersInOneBatch("amx");
    }

    private static void adaptersGiveTheirAnswersInOneBatch(String kernels) throws Exception {
        try (var server =
                        RunningServer.start(
                                DEMO.resolve("model"),
                                DEMO.resolve("adapters"),
                                "--dlora.served-name=dlora-demo",
                                "--dlora.cpu.native=" + kernels);
                var clients = Executors.newFixedThreadPool(IN_FLIGHT)) {
            var jobs = new ArrayList<Callable<String>>();
            for (var example : Example.all()) {
                jobs.add(() -> verdict(server, example));
            }
            List<String> wrong =
                    clients.invokeAll(jobs).stream()
                            .map(Future::resultNow)
                            .filter(v -> !v.isEmpty())
                            .toList();
            assertThat(wrong).hasSizeLessThanOrEqualTo(NEAR_TIES);
            assertThat(jobs).hasSize(247);
        }
    }

    /** Empty if the answer is right. */
    private static String verdict(RunningServer server, Example example) throws Exception {
        var response = server.post("/v1/chat/completions", example.request(false));
        var given = Example.text(response.body(), false);
        return given.equals(example.output())
                ? ""
                : example.model() + ": expected " + example.output() + ", got " + given;
    }
}
