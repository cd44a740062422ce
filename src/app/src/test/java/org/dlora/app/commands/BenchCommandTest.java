package org.dlora.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** {@code bench}: its command line. */
class BenchCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bench URL|Unmatched argument",
                "bench --url localhost:8080|URL is 'localhost:8080'",
                "bench --url http://|URL is 'http://': expected one like http://127.0.0.1:8080",
                "bench --url http://127.0.0.1:port|URL is 'http://127.0.0.1:port'",
                "bench --concurrency 0|concurrency is 0",
                "bench --models-count 0|at least 1 model",
                "bench --hot 0|times as often: expected",
                "bench --rate -1|rate is -1.0",
                "bench --prompt 0|lengths with mean 0",
                "bench --vocab-low 9 --vocab-high 9|tokens from 9 below 9",
                "bench --extra-body {|--extra-body is '{': expected a JSON object",
                "bench --extra-body null|--extra-body is 'null': expected a JSON object"
            })
    void wrongUsageGivesAUsageLine(String line, String problem) {
        assertThat(run(line)).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains(problem, "Usage: java -jar dlora.jar bench");
        assertThat(err.toString().lines()).hasSize(3);
    }

    @Test
    void failedRequestsGiveAFailureCode() {
        // Nothing listens on the port of discarded data.
        assertThat(run("bench --url http://127.0.0.1:9 --models a,b --requests 2 --json --each"))
                .isOne();

        var report = JsonMapper.builder().build().readTree(out.toString());
        assertThat(report.get("done").asInt()).isZero();
        assertThat(report.get("failed").asInt()).isEqualTo(2);
        assertThat(report.get("errors").toString())
                .contains("cannot connect to http://127.0.0.1:9: is a server running there?");
        assertThat(report.get("requests").size()).isZero();
    }

    private int run(String line) {
        return CommandRunner.run(
                new PrintWriter(out, true), new PrintWriter(err, true), line.split(" "));
    }
}
