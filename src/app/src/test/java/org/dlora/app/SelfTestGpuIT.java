package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.dlora.app.commands.CommandRunner;
import org.dlora.device.cuda.NeedsCuda;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.json.JsonMapper;

/** {@code selftest} of a GPU from end to end, with one of the demo's adapters. */
@ExtendWith(NeedsCuda.class)
@Timeout(value = 300, threadMode = ThreadMode.SEPARATE_THREAD)
class SelfTestGpuIT {
    @Test
    void everyOperationAndTheDemoPass() {
        var out = new StringWriter();
        var err = new StringWriter();

        int code =
                CommandRunner.run(
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        "selftest --device cuda:0 --short --no-speed --json".split(" "));

        assertThat(err.toString()).isEmpty();
        var report = JsonMapper.builder().build().readTree(out.toString());
        assertThat(report.get("device").asString()).isEqualTo("cuda:0");
        assertThat(report.get("numeric_mode").asString()).startsWith("cuda");
        assertThat(report.get("checks").valueStream())
                .as(out.toString())
                .allMatch(check -> check.get("ok").asBoolean());
        assertThat(report.get("checks").valueStream().map(c -> c.get("operation").asString()))
                .contains("linear", "gatedLinear", "lora", "attention", "merge", "copyBlocks")
                .filteredOn(operation -> operation.equals("demo"))
                .hasSize(10);
        assertThat(code).isZero();
    }
}
