package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.dlora.app.commands.CommandRunner;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** {@code profile} from end to end, on the demo model and its adapters. */
class ProfileIT {

    @Test
    void measuresTheMachineAndTheSteps() {
        var out = new StringWriter();
        var err = new StringWriter();

        int code =
                CommandRunner.run(
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        "profile --adapters %s --adapters-in-batch 2 --batch 4 --prompt 16 --output 8 --json"
                                .formatted(TestFiles.demo("adapters"))
                                .split(" "));

        assertThat(code).as(err.toString()).isZero();
        var report = JsonMapper.builder().build().readTree(out.toString());
        assertThat(report.at("/kernels/family").asString()).isNotEmpty();
        assertThat(report.at("/kernels/description").asString()).contains(" (");
        assertThat(report.at("/limits/read_gb_s/0").asDouble()).isPositive();
        assertThat(report.at("/limits/fma_gflop_s/0").asDouble()).isPositive();
        assertThat(report.at("/prefill/rows").asInt()).isEqualTo(16);
        assertThat(report.at("/decode/rows").asInt()).isEqualTo(4);
        assertThat(report.at("/decode/step_of_limit").asDouble()).isPositive();
        assertThat(report.at("/decode/operations/lora/calls").asDouble()).isPositive();
    }
}
