package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TeamWeightsTest {
    private static final TeamRef RED = new TeamRef("red");

    @Test
    void aTeamThatIsNotNamedHasShareOne() {
        var shares = TeamWeights.EQUAL.with(RED, 2).with(new TeamRef("blue"), 1);
        assertThat(shares.of(RED)).isEqualTo(2);
        assertThat(shares.of(TeamRef.NONE)).isEqualTo(1);
        assertThat(shares.byTeam()).isEqualTo(Map.of("red", 2.0));
        assertThat(shares.with(RED, 1)).isEqualTo(TeamWeights.EQUAL);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 0.009, 100.1, Double.NaN, Double.POSITIVE_INFINITY})
    void sharesOutOfRangeAreRefused(double share) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TeamWeights.EQUAL.with(RED, share))
                .withMessage(
                        "The share of team 'red' is %s: expected a number from 0.01 to 100.0"
                                .formatted(share));
    }

    @Test
    void requestsWithoutATeamAreOneGroup() {
        assertThat(TeamRef.ofNullable(null)).isEqualTo(TeamRef.NONE);
        assertThat(TeamRef.ofNullable("red")).isEqualTo(RED);
        assertThat(TeamRef.NONE.isTeam()).isFalse();
        assertThat(RED.isTeam()).isTrue();
    }
}
