package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.cuda.driver.Driver;
import org.dlora.device.cuda.kernels.KernelImages;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The jar serves its demo on a GPU: all adapters in one batch give the tokens of a CPU. */
@ExtendWith(NeedsCuda.class)
@Timeout(value = 300, threadMode = ThreadMode.SEPARATE_THREAD)
class DemoGpuIT {
    private static final Path DEMO = TestFiles.demo();
    private static final String FLOAT32 = "--dlora.dtype=float32";
    private static final Pattern MERGED_STEPS =
            Pattern.compile("dlora_step_seconds_count\\{[^}]*mode=\"merged\"[^}]*\\} (\\S+)");

    /**
     * Requests of the base and of each of the 8 adapters; the stand-in takes milliseconds a row.
     */
    private static final int EACH = 4;

    @Test
    void adaptersGiveTheTokensOfTheCpu(@TempDir Path folder) throws Exception {
        var examples = examples();
        assertThat(examples).hasSize(9 * EACH);
        List<Answer> expected;
        try (var cpu =
                RunningServer.start(
                        DEMO.resolve("model"),
                        DEMO.resolve("adapters"),
                        "--dlora.served-name=dlora-demo",
                        FLOAT32,
                        RunningServer.JAVA_ALONE)) {
            expected =
                    together(
                            examples,
                            example -> cpu.post("/v1/chat/completions", body(example)).body());
        }
        try (var gpu = gpu(folder)) {
            var given =
                    together(
                            examples,
                            example ->
                                    gpu.send("POST", "/v1/chat/completions", body(example)).body());
            assertThat(gpu.output()).contains("cuda:0 is ").doesNotContain("ERROR");
            for (int i = 0; i < examples.size(); i++) {
                assertThat(given.get(i).text())
                        .as(examples.get(i).model())
                        .isEqualTo(examples.get(i).output());
            }
            assertThat(given).isEqualTo(expected);
            assertThat(given).noneMatch(answer -> answer.tokens().isEmpty());
        }
    }

    /** Each adapter is merged, and its requests run alone. */
    @Test
    void mergedWeightsFromTheHostsMemoryGiveTheSameTokens(@TempDir Path folder) throws Exception {
        var examples = examples();
        try (var gpu = gpu(folder, "--dlora.merge.pristine=host", "--dlora.policy=merged")) {
            var given =
                    together(
                            examples,
                            example ->
                                    gpu.send("POST", "/v1/chat/completions", body(example)).body());
            assertThat(given)
                    .extracting(Answer::text)
                    .isEqualTo(examples.stream().map(Example::output).toList());
            assertThat(gpu.output())
                    .contains("The pristine weights of cuda:0 take ")
                    .doesNotContain("ERROR");
            var steps = MERGED_STEPS.matcher(gpu.get("/actuator/prometheus").body());
            assertThat(steps.find()).as("steps with merged weights are counted").isTrue();
            assertThat(Double.parseDouble(steps.group(1))).isPositive();
        }
    }

    private static ServerProcess gpu(Path folder, String... more) throws Exception {
        var jvm = List.of("-Xmx256m", property(Driver.LIBRARY), property(KernelImages.FOLDER));
        var settings =
                new ArrayList<>(
                        List.of(
                                "--dlora.replicas[0].device=cuda:0",
                                "--dlora.kv-cache.size=16MB",
                                "--dlora.store=memory",
                                "--dlora.home=" + folder.resolve("home"),
                                FLOAT32));
        settings.addAll(List.of(more));
        return new ServerProcess(
                folder.resolve("log"), new ProcessBuilder(ServerProcess.command(jvm, settings)));
    }

    private static String property(String name) {
        return "-D%s=%s"
                .formatted(name, Path.of(System.getProperty(name)).toAbsolutePath().normalize());
    }

    /** Returns the first examples of the base and of each adapter. */
    private static List<Example> examples() throws Exception {
        var counts = new HashMap<String, Integer>();
        return Example.all().stream()
                .filter(example -> counts.merge(example.model(), 1, Integer::sum) <= EACH)
                .toList();
    }

    private static String body(Example example) {
        return example.request(false).replaceFirst("}$", ", \"logprobs\": true}");
    }

    /** A request to a server. */
    private interface Call {
        String answer(Example example) throws Exception;
    }

    /** Returns the answers to all requests, which are sent at once. */
    private static List<Answer> together(List<Example> examples, Call call) throws Exception {
        var jobs = new ArrayList<Callable<Answer>>();
        examples.forEach(example -> jobs.add(() -> Answer.of(call.answer(example))));
        try (var clients = Executors.newFixedThreadPool(jobs.size())) {
            return clients.invokeAll(jobs).stream().map(Future::resultNow).toList();
        }
    }

    /**
     * An answer.
     *
     * @param tokens bytes of each token
     */
    private record Answer(String text, List<String> tokens) {
        static Answer of(String body) {
            var tokens =
                    Example.JSON
                            .readTree(body)
                            .at("/choices/0/logprobs/content")
                            .valueStream()
                            .map(token -> token.get("bytes").toString())
                            .toList();
            return new Answer(Example.text(body, false), tokens);
        }
    }
}
