package org.dlora.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code residency}: its command line, and its table. */
class ResidencyCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void printsTheHitsOfEachRule() {
        assertThat(run("residency --adapters 3 --resident 3 --requests 100 --sizes 2")).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "              hits  hit rate evictions  loaded [GB]",
                        "dlora           97    97.0 %         0         0.01",
                        "lru             97    97.0 %         0         0.01",
                        "belady          97    97.0 %         0         0.01");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "residency TRACE|Unmatched argument",
                "residency --adapters 0|0 adapters",
                "residency --zipf -1|exponent -1.0",
                "residency --sizes 1,0|expected at least one, and all above 0",
                "residency --half-life 0|half-life of 0.0 requests"
            })
    void wrongUsageGivesAUsageLine(String line, String problem) {
        assertThat(run(line)).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains(problem, "Usage: java -jar dlora.jar residency");
    }

    private int run(String line) {
        return CommandRunner.run(
                new PrintWriter(out, true), new PrintWriter(err, true), line.split(" "));
    }
}
