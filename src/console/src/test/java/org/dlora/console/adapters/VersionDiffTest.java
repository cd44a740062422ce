package org.dlora.console.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.dlora.api.admin.adapters.GateResultBody;
import org.dlora.api.admin.adapters.VersionBody;
import org.dlora.console.adapters.VersionDiff.Fact;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VersionDiffTest {
    private static final GateView GATE =
            new GateView("h", List.of(new GateView.Prompt(0, true, false, "2 + 2", 8, "4", null)));

    private static VersionBody version(
            int number, List<Integer> ranks, Map<String, Number> parameters, @Nullable String got) {
        return new VersionBody(
                number,
                "h" + number,
                "w",
                "ready",
                null,
                List.of(),
                null,
                parameters,
                "folder",
                ranks,
                List.of("q_proj"),
                100L,
                List.of(),
                0.987,
                null,
                null,
                Instant.EPOCH,
                null,
                got == null
                        ? null
                        : new GateResultBody(
                                got.equals("4"),
                                true,
                                Instant.EPOCH,
                                null,
                                List.of(
                                        new GateResultBody.FindingBody(
                                                0,
                                                got.equals("4"),
                                                null,
                                                got,
                                                null,
                                                null,
                                                null,
                                                null))));
    }

    @Test
    void factsThatDifferAreMarked() {
        var facts =
                VersionDiff.facts(
                        version(1, List.of(8), Map.of("top_k", 5), null),
                        version(2, List.of(8, 16), Map.of("max_tokens", 9), null));
        assertThat(facts)
                .contains(
                        new Fact("Ranks", "8", "8, 16", false),
                        new Fact("Weights", "w", "w", true),
                        new Fact("top_k", "5", "–", false),
                        new Fact("max_tokens", "–", "9", false),
                        new Fact("Change that survives merging", "99 %", "99 %", true));
    }

    @Test
    void answersStandSideBySide() {
        var one = version(1, List.of(), Map.of(), "4");
        var answers = VersionDiff.answers(GATE, one, version(2, List.of(), Map.of(), "5"));
        assertThat(answers)
                .containsExactly(
                        new VersionDiff.Answer("2 + 2", "4", "4", true, "5", false, false));
        assertThat(VersionDiff.answers(GATE, one, version(2, List.of(), Map.of(), null)))
                .singleElement()
                .extracting(VersionDiff.Answer::other)
                .isEqualTo("not run with this gate");
        var never = version(3, List.of(), Map.of(), null);
        assertThat(VersionDiff.answers(GATE, never, never)).isEmpty();
    }
}
