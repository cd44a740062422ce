package org.dlora.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.dlora.workload.Outcome.Done;
import org.dlora.workload.Outcome.Failed;
import org.junit.jupiter.api.Test;

class LoadReportTest {
    private final LoadReport report =
            new LoadReport(
                    "night",
                    List.of(
                            new Done("a", 10, 5, 0.5, 2.5),
                            new Done("a", 10, 11, 1, 3),
                            new Failed("b", "503 busy"),
                            new Done("b", 20, 1, 0.25, 0.25)),
                    4,
                    0.3);

    @Test
    void countsDoneAndFailedRequests() {
        assertThat(report.values())
                .containsEntry("label", "night")
                .containsEntry("done", 3)
                .containsEntry("failed", 1)
                .containsEntry("wall_s", 4.0)
                .containsEntry("errors", List.of("b: 503 busy"))
                .containsEntry(
                        "models",
                        Map.of(
                                "a",
                                Map.of("done", 2L, "failed", 0L),
                                "b",
                                Map.of("done", 1L, "failed", 1L)));
    }

    @Test
    void ratesCoverTheWholeRun() {
        assertThat(report.values())
                .containsEntry("output_tok_s", 4.3)
                .containsEntry("total_tok_s", 14.3)
                .containsEntry("req_s", 0.75)
                // Of four requests two are within: those with 0.27 and 0.25 s per token, not 0.5,
                // not the failed.
                .containsEntry("within_slo", 0.5);
    }

    @Test
    void timesCoverDoneRequestsOnly() {
        assertThat(report.values())
                .containsEntry("ttft_s", times(0.5833, 0.5, 0.9, 0.99))
                // 2 s for 4 tokens after the first, 2 s for 10, and 0 s for a request of one token.
                .containsEntry("tpot_s", times(0.2333, 0.2, 0.44, 0.494))
                .containsEntry("s_per_token", times(0.3409, 0.2727, 0.4545, 0.4955));
    }

    @Test
    void listsTheTimesOfEachDoneRequest() {
        assertThat(report.each())
                .hasSize(3)
                .element(1)
                .isEqualTo(
                        Map.of("model", "a", "output_tokens", 11, "ttft_s", 1.0, "total_s", 3.0));
    }

    @Test
    void aFailedRunHasNoTimes() {
        var failed = new LoadReport("", List.of(new Failed("a", "500")), 1, 1);

        assertThat(failed.values())
                .containsEntry("failed", 1)
                .doesNotContainKeys("ttft_s", "req_s");
        assertThat(failed.lines()).contains("0 requests done, 1 failed in 1.00 s", "error: a: 500");
    }

    @Test
    void linesHaveTheSameFigures() {
        assertThat(String.join("\n", report.lines()))
                .contains(
                        "night: 3 requests done, 1 failed in 4.00 s",
                        "4.3 output tokens/s, 0.750 requests/s, 50.0% within 0.3 s/token",
                        "error: b: 503 busy")
                .containsPattern("TTFT \\[s\\] +0\\.5833 +0\\.5000 +0\\.9000 +0\\.9900")
                .containsPattern("a +2 done, 0 failed");
    }

    private static Map<String, Object> times(double mean, double p50, double p90, double p99) {
        return Map.of("mean", mean, "p50", p50, "p90", p90, "p99", p99);
    }
}
