package org.dlora.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.dlora.catalogue.source.hub.FakeHub;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code profile}: its command line. */
class ProfileCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "profile DIR",
                "profile --modle=src",
                "profile --batch=x",
                "profile --model=hf:../x"
            })
    void wrongUsageGivesAUsageLine(String line) {
        assertThat(run(line)).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains("Usage: java -jar dlora.jar profile");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--native avx|is none of [auto, off, avx512, avx512-bf16, amx]",
                "--batch 0|at least 1 prompt token, 1 output token and 1 sequence",
                "--output 0|at least 1 prompt token, 1 output token and 1 sequence",
                "--prompt 100000|expected at most",
                "--adapters ADAPTERS --adapters-in-batch 99|--adapters-in-batch is 99: expected 0 to"
            })
    void refusesOptionsThatDoNotFit(String options, String problem) {
        var given = options.replace("ADAPTERS", TestFiles.demo("adapters").toString());
        assertThat(run("profile " + given)).isEqualTo(2);
        assertThat(err.toString()).contains(problem);
    }

    @Test
    void saysWhyAModelCannotBeLoaded() {
        assertThat(run("profile --model no-such-folder")).isOne();
        assertThat(err.toString()).contains("the model folder no-such-folder does not exist");
    }

    @Test
    void saysWhyAModelOfTheHubCannotBeFetched(@TempDir Path cache) {
        try (var hub = new FakeHub()) {
            int code =
                    CommandRunner.run(
                            new PrintWriter(out, true),
                            new PrintWriter(err, true),
                            () -> hub.settings(cache),
                            "profile",
                            "--model=hf:org/other");
            assertThat(code).isOne();
            assertThat(err.toString()).contains("--model: The hub has no repository org/other");
        }
    }

    @Test
    void helpExplainsTheCommand() {
        assertThat(run("profile --help")).isZero();
        assertThat(out.toString())
                .contains(
                        "--adapters-in-batch",
                        "sequences of a decode step",
                        "auto, off, avx512, avx512-bf16, amx (auto)");
    }

    private int run(String line) {
        return CommandRunner.run(
                new PrintWriter(out, true), new PrintWriter(err, true), line.split(" "));
    }
}
