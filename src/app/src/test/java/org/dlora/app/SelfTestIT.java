package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.dlora.app.commands.CommandRunner;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code selftest} from end to end, on each family of the CPU's kernels. */
@ExtendWith(NeedsNativeKernels.class)
@NeedsKernels(KernelFamily.JAVA)
class SelfTestIT {

    @Test
    @NeedsKernels(KernelFamily.JAVA)
    void kernelsInJavaPass() {
        var report = run("--native off");

        assertThat(report.get("numeric_mode").asString()).isEqualTo("float32");
        assertThat(report.get("speed").size()).isEqualTo(4);
        assertThat(report.at("/speed/0/of_limit").asDouble()).isPositive();
        assertThat(report.get("checks").valueStream())
                .filteredOn(check -> check.get("operation").asString().equals("demo"))
                .hasSize(12);
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512)
    void multiplyAddsPass() {
        assertThat(run("--native avx512 --no-speed").get("numeric_mode").asString())
                .isEqualTo("float32");
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512_BF16)
    void dotProductsPass() {
        assertThat(run("--native avx512-bf16 --no-speed").get("numeric_mode").asString())
                .isEqualTo("bfloat16-dot");
    }

    @Test
    @NeedsKernels(KernelFamily.AMX)
    void tilesPass() {
        assertThat(run("--native amx --no-speed").get("numeric_mode").asString())
                .isEqualTo("bfloat16-amx");
    }

    private static JsonNode run(String options) {
        var out = new StringWriter();
        var err = new StringWriter();

        int code =
                CommandRunner.run(
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        ("selftest --json " + options).split(" "));

        assertThat(err.toString()).isEmpty();
        var report = JsonMapper.builder().build().readTree(out.toString());
        assertThat(report.get("checks").valueStream())
                .as(out.toString())
                .allMatch(check -> check.get("ok").asBoolean());
        assertThat(code).isZero();
        return report;
    }
}
