package org.dlora.catalogue.versions;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class AdapterGateTest {
    private static final VersionRecord VERSION =
            new VersionRecord(
                    1,
                    Optional.of("ab".repeat(32)),
                    "",
                    VersionDefaults.NONE,
                    "sql",
                    "sql",
                    Instant.EPOCH,
                    Optional.empty());

    private static Gate gate(String expected) {
        return new Gate(
                List.of(
                        new GatePrompt(
                                List.of(), "2 + 2 =", 4, Optional.of(expected), Optional.empty())));
    }

    private static GateResult result(VersionRecord version, Gate gate, boolean passed) {
        return new GateResult(
                version.hash().orElseThrow(),
                gate.hash(),
                Instant.EPOCH,
                List.of(
                        new GateResult.Finding(
                                passed ? Optional.empty() : Optional.of("it is wrong"),
                                "",
                                OptionalInt.empty(),
                                OptionalDouble.empty(),
                                OptionalDouble.empty(),
                                OptionalDouble.empty())));
    }

    @Test
    void withoutAGateEachVersionIsAdmitted() {
        assertThat(AdapterGate.NONE.admits(VERSION)).isTrue();
        assertThat(AdapterGate.NONE.admitsAgain(VERSION)).isTrue();
    }

    @Test
    void aResultHoldsForItsGateAndItsVersionAlone() {
        var record = AdapterRecord.of("sql", VERSION).gated(Optional.of(gate(" 4")));
        assertThat(record.gate().admits(VERSION)).isFalse();
        var passed = record.gated(result(VERSION, gate(" 4"), true));
        assertThat(passed.gate().admits(VERSION)).isTrue();
        var polite = new VersionDefaults(Optional.of("Be polite."), ParameterDefaults.NONE);
        assertThat(passed.gate().admits(VERSION.with(2, polite))).isFalse();
        var stricter = passed.gated(Optional.of(gate(" four")));
        assertThat(stricter.gate().admits(VERSION)).isFalse();
        assertThat(stricter.gate().admitsAgain(VERSION)).isTrue();
        var failed = stricter.gated(result(VERSION, gate(" four"), false));
        assertThat(failed.gate().admits(VERSION)).isFalse();
        assertThat(failed.gate().admitsAgain(VERSION)).isFalse();
        assertThat(failed.gate().current(VERSION).flatMap(GateResult::problem))
                .hasValue("prompt 0: it is wrong");
    }

    @Test
    void aShadowStaysWithItsAliasAndFollowsItsVersion() {
        var record =
                AdapterRecord.of("sql", VERSION)
                        .with(VERSION.numbered(2))
                        .shadowed("", OptionalInt.of(2));
        assertThat(record.isUsed(2)).isTrue();
        var routed = record.with(VERSION.numbered(3)).routed("", AliasRoute.to(3));
        assertThat(routed.alias("").orElseThrow().shadow()).hasValue(2);
        assertThat(routed.rolledBack("").orElseThrow().alias("").orElseThrow().shadow())
                .hasValue(2);
        assertThat(routed.joined(2, 1).alias("").orElseThrow().shadow()).hasValue(1);
        assertThat(record.shadowed("none", OptionalInt.of(1))).isEqualTo(record);
    }
}
