package org.dlora.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.scheduling.policy.PolicyKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A cluster in virtual time. A run itself fails if a request ends without all its tokens. */
class ClusterSimulationTest {
    private static final double RATE = 8;

    private static ClusterSetup setup(int residentAdapters, long seed) {
        return new ClusterSetup(4, 16, 1, PolicyKind.DLORA, residentAdapters, 8, seed);
    }

    @ParameterizedTest
    @EnumSource(Arm.class)
    void oneSeedGivesOneReport(Arm arm) {
        var first = RunReport.of(setup(8, 3), arm, RATE);
        assertThat(RunReport.of(setup(8, 3), arm, RATE)).isEqualTo(first);
        assertThat(RunReport.of(setup(8, 4), arm, RATE)).isNotEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource(Arm.class)
    void everyRequestEndsWithItsTokens(Arm arm) {
        var expected = RequestPlan.of(setup(8, 5), RATE);
        var report = RunReport.of(setup(8, 5), arm, RATE);
        assertThat(report.requests()).isEqualTo(expected.size());
        assertThat(report.outputTokens())
                .isEqualTo(expected.stream().mapToLong(request -> request.outputTokens).sum());
    }

    @ParameterizedTest
    @EnumSource(Arm.class)
    void adaptersNeverTakeMoreThanTheirBudget(Arm arm) {
        var setup = setup(4, 6);
        assertThat(RunReport.of(setup, arm, RATE).adapterBytes())
                .isPositive()
                .isLessThanOrEqualTo(setup.adapterBudget());
    }

    @ParameterizedTest
    @EnumSource(PolicyKind.class)
    void everyPolicyServesAllRequests(PolicyKind policy) {
        var setup = new ClusterSetup(2, 8, 1, policy, 8, 4, 7);
        assertThat(RunReport.of(setup, Arm.CO_MIGRATION, 4).requests()).isEqualTo(16);
    }

    @Test
    void dispatchAndMovesServeAHighRateFasterThanFixedAdapters() {
        double rate = 5 * RATE; // Queues form, so that moves are worth it.
        var fixed = RunReport.of(setup(8, 1), Arm.STATIC, rate);
        var proactive = RunReport.of(setup(8, 1), Arm.PROACTIVE, rate);
        var moving = RunReport.of(setup(8, 1), Arm.CO_MIGRATION, rate);
        assertThat(fixed.moved()).isZero();
        assertThat(proactive.moved()).isZero();
        assertThat(moving.moved()).isPositive();
        assertThat(proactive.secondsPerToken().mean()).isLessThan(fixed.secondsPerToken().mean());
        assertThat(moving.secondsPerToken().mean()).isLessThan(fixed.secondsPerToken().mean());
        assertThat(moving.imbalance()).isLessThan(fixed.imbalance());
    }
}
