package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.scheduling.MergeRules;
import org.junit.jupiter.api.Test;

class MergeStandingTest {
    private final MergeStanding known = new MergeStanding(MergeRules.FREE);
    private final MergeStanding unknown = new MergeStanding(null);

    @Test
    void unknownRulesAreAskedForOnce() {
        assertThat(unknown.asks()).isTrue();
        assertThat(unknown.asks()).isFalse();
        assertThat(known.asks()).isFalse();
    }

    @Test
    void anAdapterIsNotMergedWhileItsRulesAreUnknown() {
        assertThat(unknown.rules().mergeable()).isFalse();
        assertThat(unknown.seen(true, 0).unmergeable()).contains("is being measured");
        unknown.rules(MergeRules.aloneOnly("noise"));
        assertThat(unknown.seen(true, 0)).isEqualTo(MergeRules.aloneOnly("noise"));
    }

    @Test
    void aPolicyThatNeverMergesSeesNoRules() {
        assertThat(known.seen(false, 0).unmergeable()).isEqualTo("the policy never merges");
        assertThat(known.rules()).isEqualTo(MergeRules.FREE);
    }

    @Test
    void aFailedMergeIsTriedAgainAfterAMinute() {
        known.failed("no memory", 100);
        assertThat(known.seen(true, 159.9).unmergeable())
                .isEqualTo("its merged weights could not be built: no memory");
        assertThat(known.rules()).isEqualTo(MergeRules.FREE);
        assertThat(known.seen(true, 160)).isEqualTo(MergeRules.FREE);
        known.failed("no memory again", 200);
        assertThat(known.seen(true, 259).mergeable()).isFalse();
    }

    /** The minute goes by whatever the policy is. */
    @Test
    void aFailureIsForgottenWhileThePolicyNeverMerges() {
        known.failed("no memory", 100);
        known.seen(false, 161);
        assertThat(known.seen(true, 161)).isEqualTo(MergeRules.FREE);
    }
}
