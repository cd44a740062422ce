package org.dlora.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code simulate}: its command line, its table and its JSON. */
class SimulateCommandTest {
    private static final String SMALL =
            "simulate --replicas 1 --adapters 2 --seconds 4 --rates 0.25 --slo 0.02 --arms static";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void printsTheLatencyByRateAndTheSustainedRate() {
        assertThat(run(SMALL)).isZero();
        assertThat(out.toString())
                .startsWith("arm ")
                .containsPattern("static +0\\.25 +1 ")
                .containsPattern(
                        "static +sustains \\d+\\.\\d\\d requests/s at 0.02 s/token, 1\\.00");
    }

    @Test
    void printsOneJsonObject() {
        assertThat(run(SMALL + " --json")).isZero();
        assertThat(out.toString().lines()).hasSize(1);
        assertThat(out.toString())
                .startsWith("{\"replicas\":1,")
                .contains("\"arm\":\"static\"", "\"rate\":0.25", "\"sustained_req_s\":");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "simulate --replicas 0|0 replicas",
                "simulate --adapters 33|expected at most 32 adapters",
                "simulate --zipf -1|exponent -1.0",
                "simulate --resident 3|3 adapters fit",
                "simulate --policy best|no policy 'best'",
                "simulate --arms moving|no arm 'moving'",
                "simulate --rates 0|a rate of 0.0",
                "simulate --slo 0|0.0 s per token"
            })
    void wrongUsageGivesAUsageLine(String line, String problem) {
        assertThat(run(line)).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains(problem, "Usage: java -jar dlora.jar simulate");
    }

    private int run(String line) {
        return CommandRunner.run(
                new PrintWriter(out, true), new PrintWriter(err, true), line.split(" "));
    }
}
