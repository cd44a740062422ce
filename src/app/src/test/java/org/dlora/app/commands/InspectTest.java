package org.dlora.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlora.catalogue.source.hub.FakeHub;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code inspect DIR}: the report, the verdict and the exit code. */
class InspectTest {
    private static final Path GOLDEN = TestFiles.golden();
    private static final String LLAMA = GOLDEN.resolve("models/llama-gqa").toString();

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void showsRankAlphaAndScaleOfEachModule() {
        int code = inspect(GOLDEN.resolve("adapters/llama-gqa/patterns"), LLAMA);

        assertThat(code).isZero();
        assertThat(out.toString())
                .containsPattern("adapter +patterns")
                .containsPattern("base +" + LLAMA)
                .containsPattern("verdict +served")
                .containsPattern("version +[0-9a-f]{64}")
                .containsPattern("layers.0.self_attn.q_proj +LoRA +16 +16 +1 +F32 +8192\n")
                .containsPattern("layers.0.self_attn.k_proj +LoRA +8 +32 +4 +F32 +3072\n")
                .containsPattern("layers.1.self_attn.v_proj +LoRA +2 +5 +2.5 +F32 +768\n")
                .containsPattern("layers.2.mlp.down_proj +LoRA +4 +2 +0.5 +F32 +4096\n")
                .contains("total: 28 rows, largest rank 16, 165632 bytes of tensors");
    }

    @ParameterizedTest
    @CsvSource({
        "llama-gqa/dora, layers.0.self_attn.q_proj +DoRA +",
        "llama-gqa/lora-bias, layers.0.self_attn.q_proj +LoRA with bias +",
        "llama-gqa/save-lm-head, lm_head +retrained matrix +- +- +- +",
        "llama-gqa/lora-embed, model.embed_tokens +LoRA +",
        "qwen2/bias-all, layers.0.self_attn.q_proj +bias +- +- +- +"
    })
    void namesTheKindOfEachModule(Path adapter, String row) {
        var model = GOLDEN.resolve("models").resolve(adapter.getName(0));

        int code = inspect(GOLDEN.resolve("adapters").resolve(adapter), model.toString());

        assertThat(code).isZero();
        assertThat(out.toString()).containsPattern(row);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "adapter-nan|tensor base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight holds NaN",
                "adapter-peft-type|adapter_config.json: peft_type",
                "adapter-pickle-code|adapter_model.bin: an unsafe pickle",
                "adapter-no-config|adapter_config.json: "
            })
    void namesTheProblemOfARefusedAdapter(String adapter, String problem) {
        int code =
                inspect(
                        GOLDEN.resolve("bad").resolve(adapter),
                        GOLDEN.resolve("bad/base-model").toString());

        assertThat(code).isOne();
        assertThat(out.toString())
                .containsPattern("verdict +refused")
                .containsPattern("problem +\\S")
                .contains(problem)
                .doesNotContain("version", "hint");
    }

    @Test
    void showsEveryProblem(@TempDir Path temporary) throws IOException {
        var adapter = Files.createDirectory(temporary.resolve("wrong"));
        var sound = GOLDEN.resolve("bad/adapter-nan");
        Files.copy(
                sound.resolve("adapter_model.safetensors"),
                adapter.resolve("adapter_model.safetensors"));
        var config = Files.readString(sound.resolve("adapter_config.json"));
        Files.writeString(
                adapter.resolve("adapter_config.json"),
                config.replace("\"r\": 4", "\"r\": -4")
                        .replace("\"use_qalora\": false", "\"use_qalora\": true"));

        assertThat(inspect(adapter, GOLDEN.resolve("bad/base-model").toString())).isOne();
        assertThat(out.toString().lines().filter(line -> line.startsWith("problem")))
                .satisfiesExactly(
                        line -> assertThat(line).contains("use_qalora is true"),
                        line -> assertThat(line).contains("r is -4; expected a positive integer"),
                        line -> assertThat(line).contains("holds NaN"));
    }

    @Test
    void refusesTheNameOfTheBaseModel(@TempDir Path temporary) throws IOException {
        var adapter = Files.createDirectory(temporary.resolve("base-model"));
        try (var files = Files.list(GOLDEN.resolve("bad/good-adapter"))) {
            for (var file : files.toList()) {
                Files.copy(file, adapter.resolve(file.getFileName()));
            }
        }

        assertThat(inspect(adapter, GOLDEN.resolve("bad/base-model").toString())).isOne();
        assertThat(out.toString())
                .contains(
                        "The lora adapter 'base-model' conflicts with a served base model. Give the adapter, or its folder");
    }

    @Test
    void showsTheLoadersWarnings() {
        int code =
                inspect(
                        GOLDEN.resolve("bad/adapter-other-base"),
                        GOLDEN.resolve("bad/base-model").toString());

        assertThat(code).isZero();
        assertThat(out.toString()).contains("warning: ", "someone/other-7b");
    }

    @Test
    void failsIfTheBaseModelCannotBeLoaded() {
        int code =
                inspect(
                        GOLDEN.resolve("bad/good-adapter"),
                        GOLDEN.resolve("bad/model-no-config").toString());

        assertThat(code).isOne();
        assertThat(out.toString())
                .containsPattern("verdict +not judged: the base model cannot be loaded")
                .containsPattern("problem +base model: config.json: ");
    }

    @Test
    void saysWhetherTheServerWouldMergeTheAdapter() {
        assertThat(inspect(GOLDEN.resolve("adapters/llama-gqa/patterns"), LLAMA)).isZero();
        assertThat(out.toString())
                .containsPattern(
                        "merged: yes \\(fidelity 0\\.99\\d\\d ≥ 0\\.5, own logits deviate by 0\\.0\\d+\\); others beside it: (yes|no) \\(deviation of their logits 0\\.0\\d+ [≤>] 0\\.02\\)");
        assertThat(inspect(GOLDEN.resolve("adapters/llama-gqa/save-lm-head"), LLAMA)).isZero();
        assertThat(out.toString()).contains("merged: no, as ");
    }

    @Test
    void checksAgainstTheDemoModelByDefault() {
        int code = run("inspect", TestFiles.demo("adapters/rot13").toString());

        assertThat(code).isZero();
        assertThat(out.toString()).contains("the bundled demo model").doesNotContain("warning");
    }

    @Test
    void fetchesTheBaseModelFromTheHub(@TempDir Path cache) throws IOException {
        try (var hub = new FakeHub()) {
            hub.folder(TestFiles.demo("model"));

            int code =
                    inspect(
                            hub.settings(cache),
                            TestFiles.demo("adapters/rot13").toString(),
                            "--model=hf:org/name");

            assertThat(code).isZero();
            assertThat(out.toString())
                    .containsPattern("base +hf:org/name")
                    .containsPattern("verdict +served")
                    .contains("merged: ");
        }
    }

    @Test
    void saysThatTheHubDoesNotHaveTheBaseModel(@TempDir Path cache) {
        try (var hub = new FakeHub()) {
            int code =
                    inspect(
                            hub.settings(cache),
                            TestFiles.demo("adapters/rot13").toString(),
                            "--model=hf:org/other@v1");

            assertThat(code).isOne();
            assertThat(out.toString())
                    .containsPattern("verdict +not judged: the base model cannot be loaded")
                    .contains(
                            "problem",
                            "--model: The hub has no repository org/other with a revision v1");
        }
    }

    @Test
    void saysThatTheDemoModelMayBeTheWrongOne() {
        int code = run("inspect", GOLDEN.resolve("bad/good-adapter").toString());

        assertThat(code).isOne();
        assertThat(out.toString()).contains("hint: ", "--model=DIR");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inspect",
                "inspect no-such-folder",
                "inspect pom.xml",
                "inspect src pom.xml",
                "inspect src --modle=src",
                "inspect src --model=hf:../name",
                "inspect src --model"
            })
    void wrongUsageGivesAUsageLine(String line) {
        int code = run(line.split(" "));

        assertThat(code).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString())
                .contains("Usage: java -jar dlora.jar inspect [--help] [--model=DIR] DIR");
    }

    @Test
    void helpExplainsTheCommand() {
        assertThat(run("inspect", "--help")).isZero();
        assertThat(out.toString()).contains("Usage: ", "the bundled demo model", "it is refused");
    }

    @Test
    void inspectIsACommandOnlyAsTheFirstArgument() {
        assertThat(CommandRunner.isNamed("inspect", "x")).isTrue();
        assertThat(CommandRunner.isNamed("--server.port=0", "inspect")).isFalse();
        assertThat(CommandRunner.isNamed()).isFalse();
    }

    private int inspect(Path adapter, String model) {
        return run("inspect", adapter.toString(), "--model", model);
    }

    private int inspect(HubSettings hub, String... args) {
        var all = new ArrayList<>(List.of(args));
        all.addFirst("inspect");
        return CommandRunner.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                () -> hub,
                all.toArray(String[]::new));
    }

    private int run(String... args) {
        return CommandRunner.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }
}
