package org.dlora.console.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AuditDifferenceTest {

    @Test
    void onlyMembersThatDifferAreShown() {
        assertThat(
                        AuditDifference.of(
                                "{\"share\": 1, \"name\": \"red\", \"old_ones\": [\"a\", \"b\"]}",
                                "{\"share\": 2, \"name\": \"red\", \"new\": {\"b\": 1}}"))
                .containsExactly(
                        new AuditDifference("new", "", "b: 1"),
                        new AuditDifference("old ones", "a, b", ""),
                        new AuditDifference("share", "1", "2"))
                .extracting(AuditDifference::line)
                .containsExactly("new: b: 1", "old ones: was a, b", "share: 1 → 2");
        assertThat(AuditDifference.of(null, null)).isEmpty();
        assertThat(AuditDifference.of(null, "no json"))
                .containsExactly(new AuditDifference("", "", "no json"))
                .extracting(AuditDifference::line)
                .containsExactly("no json");
    }

    @Test
    void valuesWithinOthersStandInParentheses() {
        var after =
                """
                {"aliases": [
                  {"alias": "", "versions": {"1": 90, "2": 10}, "previous": [], "shadow": null},
                  {"alias": "next", "versions": {"2": 100}}]}
                """;
        assertThat(AuditDifference.of(null, after))
                .extracting(AuditDifference::line)
                .containsExactly(
                        "aliases: (versions: (1: 90, 2: 10)), (alias: next, versions: (2: 100))");
    }
}
