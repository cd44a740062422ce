package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.StepPlan.Run;
import org.dlora.scheduling.fair.Candidate;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.fair.DloraState;
import org.dlora.scheduling.fair.FairOrder;
import org.dlora.scheduling.fair.FairShares;
import org.dlora.scheduling.fair.ModeCandidates;
import org.dlora.scheduling.fair.Precedence;
import org.junit.jupiter.api.Test;

/** Service of teams and of their adapters, as docs/scheduling.md defines it. */
class TeamServiceTest {
    private static final DloraSettings SETTINGS = new DloraSettings(1, 2, 1000, 5, 0.03);
    private static final TeamRef RED = new TeamRef("red");
    private static final TeamRef BLUE = new TeamRef("blue");
    private static final Flow RED_A = flow(RED, "a");
    private static final Flow RED_B = flow(RED, "b");
    private static final Flow BLUE_A = flow(BLUE, "a");

    @Test
    void serviceCountsForTheTeamByItsShareAndForItsAdapterWithinIt() {
        var next = after(threeFlows(2), Map.of(RED_A, 10.0), Map.of(BLUE, 3.0), new Run(1, 4));
        // Red has 4 prompt tokens by its share of 2; blue is the least with 3, red has 2.
        assertThat(next.teamLeads()).isEqualTo(Map.of(BLUE, 1.0));
        assertThat(next.leads()).isEqualTo(Map.of(RED_A, 14.0));
    }

    @Test
    void leadsOfATeamAreOverThoseOfItsOwnAdapters() {
        var leads = Map.of(RED_A, 10.0, RED_B, 4.0, BLUE_A, 7.0);
        var next = after(threeFlows(1), leads, Map.of(), new Run(3, 2));
        assertThat(next.leads()).isEqualTo(Map.of(RED_A, 6.0));
        assertThat(next.teamLeads()).isEqualTo(Map.of(BLUE, 2.0));
    }

    @Test
    void aTeamThatRanAllItCouldHasNoClaimAndItsAdaptersNoLeads() {
        var next =
                after(
                        threeFlows(1),
                        Map.of(RED_A, 10.0, BLUE_A, 7.0),
                        Map.of(RED, 50.0, BLUE, 90.0),
                        new Run(1, 10),
                        new Run(2, 10));
        // Blue is the only backlogged team, so its lead is the least.
        assertThat(next.teamLeads()).isEmpty();
        assertThat(next.leads()).isEmpty();
        assertThat(next.served()).containsExactlyInAnyOrder(RED_A, RED_B);
    }

    /** Its bound was larger while a team of a small share had work. */
    @Test
    void aLeadAboveThePresentBoundIsNotCut() {
        var next = after(threeFlows(1), Map.of(), Map.of(RED, 50_000.0), new Run(3, 4));
        assertThat(next.teamLeads()).isEqualTo(Map.of(RED, 50_000.0 - 4));
    }

    @Test
    void aTeamWithoutWorkKeepsWhatOthersDoNotCatchUpWith() {
        var green = new TeamRef("green");
        var next =
                after(
                        threeFlows(1),
                        Map.of(flow(green, "a"), 5.0),
                        Map.of(green, 9.0),
                        new Run(1, 4));
        assertThat(next.teamLeads()).isEqualTo(Map.of(green, 9.0, RED, 4.0));
        assertThat(next.leads()).doesNotContainKey(flow(green, "a"));
    }

    @Test
    void aFlowIsEntitledIfItIsNotAheadOnEitherLevel() {
        var leads = Map.of(RED_A, 1001.0, BLUE_A, 5000.0);
        var shares = shares(threeFlows(1), leads, Map.of());
        assertThat(shares.precedence(RED_A)).isEqualTo(Precedence.AHEAD_IN_TEAM);
        assertThat(shares.precedence(RED_B)).isEqualTo(Precedence.ENTITLED);
        // The flow is alone in its team, so it is ahead of no other.
        assertThat(shares.precedence(BLUE_A)).isEqualTo(Precedence.ENTITLED);
        shares = shares(threeFlows(1), leads, Map.of(RED, 1000.5));
        assertThat(shares.precedence(RED_A)).isEqualTo(Precedence.BOTH_AHEAD);
        assertThat(shares.precedence(RED_B)).isEqualTo(Precedence.TEAM_AHEAD);
        assertThat(shares.requests(Precedence.TEAM_AHEAD)).isEqualTo(1);
        assertThat(shares.requests(Precedence.ENTITLED)).isEqualTo(1);
    }

    @Test
    void theRoomOfAFlowIsTheSmallerOfItsOwnAndItsTeams() {
        var shares = shares(threeFlows(2), Map.of(RED_A, 300.0), Map.of(RED, 900.0));
        assertThat(shares.room(RED_A)).isEqualTo(2 * 100);
        assertThat(shares.room(BLUE_A)).isEqualTo(1000);
        shares = shares(threeFlows(2), Map.of(RED_A, 950.0), Map.of(RED, 900.0));
        assertThat(shares.room(RED_A)).isEqualTo(50);
    }

    @Test
    void theTeamWithTheLeastServiceComesFirstAndInItTheAdapterWithTheLeast() {
        var snapshot = threeFlows(1);
        var order = order(snapshot, Map.of(RED_A, 10.0), Map.of(BLUE, 5.0));
        assertThat(order.order()).extracting(SequenceView::id).startsWith(2L, 3L);
        order = order(snapshot, Map.of(RED_A, 10.0), Map.of(RED, 5.0));
        assertThat(order.order()).extracting(SequenceView::id).containsExactly(3L, 2L, 1L);
    }

    @Test
    void partsOfTheOrderFollowThePrecedence() {
        var snapshot = threeFlows(1);
        var order = order(snapshot, Map.of(RED_A, 2000.0), Map.of(RED, 2000.0));
        assertThat(order.order()).extracting(SequenceView::id).containsExactly(3L, 2L, 1L);
        assertThat(order.ends()).containsExactly(1, 2, 3);
        order = order(snapshot, Map.of(RED_A, 2000.0), Map.of(BLUE, 2000.0));
        assertThat(order.order()).extracting(SequenceView::id).containsExactly(2L, 1L, 3L);
        assertThat(order.ends()).containsExactly(1, 2, 3);
    }

    @Test
    void anEntitledTeamsAdapterThatIsAheadPrecedesATeamThatIsAhead() {
        var snapshot = threeFlows(1).limits(8, 12);
        var decision =
                new DloraPolicy(SETTINGS)
                        .decide(
                                snapshot.build(),
                                state(Map.of(RED_A, 2000.0), Map.of(BLUE, 2000.0)));
        assertThat(decision.plan().run()).containsExactly(new Run(2, 10), new Run(1, 2));
    }

    @Test
    void anAdapterRunsAloneForTheTeamsThatAreEntitled() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter("a")
                        .adapter("b")
                        .team(RED, 1)
                        .decoding("a", 10, 1, 100)
                        .team(BLUE, 1)
                        .decoding("a", 10, 1, 100)
                        .decoding("b", 10, 1, 100);
        assertThat(alone(snapshot, Map.of(), Map.of())).containsExactly(1L, 2L);
        assertThat(alone(snapshot, Map.of(), Map.of(BLUE, 1001.0))).containsExactly(1L);
        assertThat(alone(snapshot, Map.of(BLUE_A, 1001.0), Map.of())).containsExactly(1L);
        assertThat(alone(snapshot, Map.of(BLUE_A, 1001.0), Map.of(RED, 1001.0))).isEmpty();
    }

    @Test
    void theExplanationNamesTheServiceOfTeams() {
        var decision =
                new DloraPolicy(SETTINGS)
                        .decide(
                                threeFlows(2).limits(1, 12).build(),
                                state(Map.of(RED_A, 10.0), Map.of(BLUE, 5.0)));
        // The 10 tokens of b are 11 in service, 1 more than the lead of a.
        assertThat(decision.plan().run()).containsExactly(new Run(2, 10));
        assertThat(decision.explanation().teams())
                .containsExactly(
                        new TeamStanding(RED, 2, 0.5, Map.of(AdapterRef.of("b"), 1.0)),
                        new TeamStanding(BLUE, 1, 0, Map.of()));
        assertThat(decision.explanation().standing()).isEqualTo(Map.of(AdapterRef.of("b"), 1.0));
    }

    private static Flow flow(TeamRef team, String adapter) {
        return new Flow(team, AdapterRef.of(adapter));
    }

    /** Red waits for a and b, blue for a, with 10 tokens each. */
    private static SnapshotBuilder threeFlows(double redShare) {
        return new SnapshotBuilder()
                .adapter("a")
                .adapter("b")
                .team(RED, redShare)
                .waiting("a", 10, 100)
                .waiting("b", 10, 100)
                .team(BLUE, 1)
                .waiting("a", 10, 100);
    }

    private static List<Long> alone(
            SnapshotBuilder snapshot, Map<Flow, Double> leads, Map<TeamRef, Double> teamLeads) {
        var index = snapshot.index();
        var shares = new FairShares(index, SETTINGS, state(leads, teamLeads));
        return new ModeCandidates(index, shares, SETTINGS)
                .all().stream()
                        .filter(candidate -> candidate.name().equals("merged:a"))
                        .filter(Candidate::isAllowed)
                        .flatMap(candidate -> candidate.draft().batch().stream())
                        .map(SequenceView::id)
                        .sorted()
                        .toList();
    }

    private static FairOrder order(
            SnapshotBuilder snapshot, Map<Flow, Double> leads, Map<TeamRef, Double> teamLeads) {
        var index = snapshot.index();
        return new FairOrder(index, new FairShares(index, SETTINGS, state(leads, teamLeads)), null);
    }

    private static FairShares shares(
            SnapshotBuilder snapshot, Map<Flow, Double> leads, Map<TeamRef, Double> teamLeads) {
        return new FairShares(snapshot.index(), SETTINGS, state(leads, teamLeads));
    }

    private static DloraState state(Map<Flow, Double> leads, Map<TeamRef, Double> teamLeads) {
        return new DloraState(
                leads, 0, Map.of(), Map.of(), Set.of(), Map.of(), Set.of(), "unmerged", teamLeads);
    }

    private static DloraState after(
            SnapshotBuilder snapshot,
            Map<Flow, Double> leads,
            Map<TeamRef, Double> teamLeads,
            Run... runs) {
        return shares(snapshot, new HashMap<>(leads), teamLeads)
                .after(new StepPlan(List.of(), List.of(runs)), "unmerged");
    }
}
