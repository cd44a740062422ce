package org.dlora.bench.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalDouble;
import org.dlora.device.Device;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.reference.SpoiledDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The checks of a self-test: they pass what is right, and name what is wrong. */
class SelfTestTest {
    private final ArrayList<String> lines = new ArrayList<>();

    private SelfTest test(Device device) {
        var test = new SelfTest(device, 2, lines::add);
        test.checkOperations();
        return test;
    }

    /** Tests by the first check of each operation, which takes the least time. */
    private SelfTest testInShort(Device device) {
        var seen = new HashSet<String>();
        var test = new SelfTest(device, 2, lines::add);
        test.check(
                OperationCheck.all().stream()
                        .filter(check -> seen.add(check.operation()))
                        .toList());
        return test;
    }

    @ParameterizedTest
    @ValueSource(strings = {"float32", "bfloat16-amx"})
    void thePlainDeviceIsEqualToItself(String mode) {
        var test = test(SpoiledDevice.of("none", mode));

        assertThat(test.failed()).isEmpty();
        assertThat(test.isOk()).isTrue();
        assertThat(lines)
                .hasSize(OperationCheck.all().size())
                .allMatch(line -> line.endsWith("exact"));
        assertThat(test.summary()).startsWith("reference: ok, all of " + lines.size() + " checks");
    }

    @Test
    void theCpuInJavaPasses() {
        var test = test(new CpuDevice());

        assertThat(lines).noneMatch(line -> line.contains("FAILED"));
        assertThat(test.isOk()).isTrue();
    }

    /** A single wrong element is found on rounding devices too. */
    @ParameterizedTest
    @CsvSource({
        "linear, linear;gatedLinear",
        "gatedLinear, gatedLinear",
        "rmsNorm, rmsNorm",
        "addRmsNorm, addRmsNorm",
        "headNorm, headNorm",
        "rope, rope",
        "siluMul, siluMul;gatedLinear",
        "gather, gather",
        "argMax, argMax",
        "largest, largest",
        "forEachRow, forEachRow",
        "lora, lora",
        "loraEmbed, loraEmbed",
        "writeKv, attention",
        "attention, attention",
        "merge, merge;unmerge",
        "mergeLoss, mergeLoss",
        "copyIn, copy"
    })
    void aWrongOperationFailsItsOwnChecksAlone(String operation, String checks) {
        var test = testInShort(SpoiledDevice.of(operation, "bfloat16-amx"));

        assertThat(test.failed()).containsExactlyInAnyOrder(checks.split(";"));
        assertThat(test.isOk()).isFalse();
        assertThat(test.summary()).contains("FAILED, ");
    }

    /** All inputs come by an embedding and all results by a reading. */
    @ParameterizedTest
    @ValueSource(strings = {"embed", "read"})
    void aWrongWayInOrOutFailsMost(String operation) {
        assertThat(testInShort(SpoiledDevice.of(operation, "float32")).failed())
                .contains("embed", "linear", "attention", "merge");
    }

    @Test
    void aFailedCheckSaysWhereAndWhat() {
        testInShort(SpoiledDevice.of("gather", "float32"));

        assertThat(lines)
                .filteredOn(line -> line.contains("FAILED"))
                .singleElement()
                .asString()
                .contains("gather", "width 1: [4][0] is ", ", expected ", " to within 0.0e+00");
    }

    @Test
    void theReportForProgramsHasEveryCheck() {
        var values = testInShort(SpoiledDevice.of("rope", "float32")).values();

        assertThat(values).containsEntry("device", "reference").containsEntry("ok", false);
        assertThat(values.toString())
                .contains("operation=rope", "ok=false", "operation=linear", "error=");
    }

    @Test
    void aSpeedStandsBesideItsLimit() {
        assertThat(new Speed("bfloat16, 1 row", 20, "GB/s", OptionalDouble.of(40)).line())
                .endsWith("20.0 GB/s, 50 % of 40.0");
        assertThat(new Speed("bfloat16, 1 row", 20, "GB/s", OptionalDouble.empty()).line())
                .endsWith("20.0 GB/s");
    }

    @Test
    void speedsWithoutLimitsArePositive() {
        var speeds = new SpeedMeter(new CpuDevice(), 2, Optional.empty()).measure();

        assertThat(speeds).hasSize(4).allMatch(speed -> speed.rate() > 0);
    }
}
