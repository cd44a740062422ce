package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dlora.device.cuda.NeedsCuda;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo on a GPU in float32: some answers of each adapter, which are those of the CPU. */
@ExtendWith(NeedsCuda.class)
class DemoGpuIT {
    private static final Path DEMO = Path.of("src/main/resources/demo");
    private static final int IN_FLIGHT = 16;

    /** Examples of each adapter: the kernels run on CPUs here. */
    private static final int EXAMPLES = 2;

    @ParameterizedTest
    @ValueSource(strings = {"unmerged", "merged", "dlora"})
    void adaptersGiveTheirAnswersInOneBatch(String policy) throws Exception {
        try (var server = start("cuda:0", "--dlora.policy=" + policy);
                var clients = Executors.newFixedThreadPool(IN_FLIGHT)) {
            var jobs = new ArrayList<Callable<String>>();
            var chosen = new HashMap<String, Integer>();
            for (var example : Example.all()) {
                if (chosen.merge(example.model(), 1, Integer::sum) <= EXAMPLES) {
                    jobs.add(() -> verdict(server, example));
                }
            }
            List<String> wrong =
                    clients.invokeAll(jobs).stream()
                            .map(Future::resultNow)
                            .filter(v -> !v.isEmpty())
                            .toList();
            assertThat(wrong).isEmpty();
            assertThat(jobs).hasSizeGreaterThan(EXAMPLES);
        }
    }

    @Test
    void aGpuThatIsNotThereEndsTheStartWithASentence() {
        assertThatThrownBy(() -> start("cuda:99").close())
                .hasStackTraceContaining(
                        "dlora.replicas names cuda:99, which cannot be served on. There is no cuda:99: NVIDIA's driver shows ");
    }

    private static RunningServer start(String device, String... settings) {
        var all = new ArrayList<>(List.of(settings));
        all.add("--dlora.served-name=dlora-demo");
        all.add("--dlora.dtype=float32");
        all.add("--dlora.replicas[0].device=" + device);
        all.add("--dlora.kv-cache.size=16MB");
        return RunningServer.start(
                DEMO.resolve("model"), DEMO.resolve("adapters"), all.toArray(String[]::new));
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
