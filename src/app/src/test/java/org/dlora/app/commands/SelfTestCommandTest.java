package org.dlora.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.dlora.bench.selftest.SelfTest;
import org.dlora.device.Device;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.reference.SpoiledDevice;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.json.JsonMapper;

/** {@code selftest}: its command line, exit codes and JSON. */
class SelfTestCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "selftest cpu|Unmatched argument",
                "selftest --native avx|is none of [auto, off, avx512, avx512-bf16, amx]",
                "selftest --threads x|is not an int"
            })
    void wrongUsageGivesAUsageLine(String line, String problem) {
        assertThat(run(line)).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains(problem, "Usage: java -jar dlora.jar selftest");
    }

    /** The driver is looked for once in a process, and other tests of it need that of the tests. */
    @BeforeAll
    static void takeTheDriverOfTheTests() {
        var _ = NeedsCuda.isThere();
    }

    @Test
    void aDeviceThatIsNotThereIsNamedInOneLine() {
        assertThat(run("selftest --device cuda:99")).isOne();
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains("The GPU cuda:99 cannot be used. ");
    }

    @Test
    void unknownDevicesAreNamedInOneLine() {
        assertThat(run("selftest --device gpu")).isOne();
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains("--device is 'gpu': expected cpu, or cuda:0");
    }

    @Test
    void aWrongOperationGivesAFailureCode() {
        assertThat(test(SpoiledDevice.of("rope", "float32"))).isOne();

        assertThat(out.toString().lines())
                .filteredOn(line -> line.contains(" FAILED "))
                .singleElement()
                .asString()
                .startsWith("rope ");
        assertThat(out.toString().lines().toList().getLast())
                .startsWith("reference: FAILED, 1 of ");
    }

    @Test
    void aWrongOperationIsInTheJson() {
        assertThat(test(SpoiledDevice.of("rope", "float32"), "--json")).isOne();

        var report = JsonMapper.builder().build().readTree(out.toString());
        assertThat(report.get("ok").asBoolean()).isFalse();
        assertThat(report.get("numeric_mode").asString()).isEqualTo("float32");
        assertThat(report.get("checks").valueStream())
                .filteredOn(check -> !check.get("ok").asBoolean())
                .singleElement()
                .satisfies(check -> {
                    assertThat(check.get("operation").asString()).isEqualTo("rope");
                    assertThat(check.get("error").asDouble())
                            .isGreaterThan(check.get("allowed").asDouble());
                });
    }

    @Test
    void everythingRightGivesSuccess() {
        assertThat(test(SpoiledDevice.of("none", "float32"), "--json")).isZero();

        var report = JsonMapper.builder().build().readTree(out.toString());
        assertThat(report.get("ok").asBoolean()).isTrue();
        assertThat(report.get("checks").size()).isPositive();
    }

    private int test(Device device, String... options) {
        var command =
                new SelfTestCommand((settings, lines) -> {
                    assertThat(settings.device()).isEqualTo("cpu");
                    var test = new SelfTest(device, 1, lines);
                    test.checkOperations();
                    return test;
                });
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(options);
    }

    private int run(String line) {
        return CommandRunner.run(
                new PrintWriter(out, true), new PrintWriter(err, true), line.split(" "));
    }
}
