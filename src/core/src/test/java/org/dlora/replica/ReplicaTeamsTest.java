package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.wire.ReplicaCodec;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.TeamStanding;
import org.dlora.scheduling.TeamView;
import org.dlora.scheduling.TeamWeights;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Teams of requests on their way to the policy. */
class ReplicaTeamsTest {
    private static final TeamRef RED = new TeamRef("red");
    private static final TeamRef BLUE = new TeamRef("blue");
    private static final AdapterRef ANT = AdapterRef.of("ant");

    private final List<Snapshot> seen = new ArrayList<>();

    @Test
    void aSnapshotCountsTheRequestsOfEachTeamByAdapter() {
        var replica = replica(PolicyKind.DLORA);
        submit(replica, "a", ANT, RED);
        submit(replica, "b", AdapterRef.base(), RED);
        submit(replica, "c", ANT, RED);
        submit(replica, "d", ANT, TeamRef.NONE);
        var settings = new SchedulingSettings(watched(PolicyKind.DLORA), SloLimits.NONE);
        replica.apply(
                new ReplicaCommand.Schedule(1, settings.with(TeamWeights.EQUAL.with(RED, 2))));
        replica.step();
        assertThat(seen.getLast().teams())
                .extracting(TeamView::team, TeamView::share, view -> view.unfinished().toString())
                .containsExactlyInAnyOrder(
                        tuple(RED, 2.0, "{the base model=1, ant=2}"),
                        tuple(TeamRef.NONE, 1.0, "{ant=1}"));
        assertThat(replica.lastStep().decision().teams())
                .extracting(TeamStanding::team)
                .containsExactlyInAnyOrder(RED, TeamRef.NONE);
        replica.finish();
        submit(replica, "e", ANT, TeamRef.NONE);
        replica.step();
        assertThat(seen.getLast().teams()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void onlyAPolicyThatCountsTeamsSeesTheOldestOfEach(PolicyKind kind) {
        var replica = replica(kind);
        for (int i = 0; i < 20; i++) {
            submit(replica, "red" + i, ANT, RED);
        }
        submit(replica, "blue", ANT, BLUE);
        replica.step();
        boolean showsBlue =
                seen.getLast().sequences().stream()
                        .map(SequenceView::request)
                        .anyMatch(request -> request.team().equals(BLUE));
        assertThat(showsBlue).isEqualTo(kind == PolicyKind.DLORA);
        assertThat(seen.getLast().teams().isEmpty()).isEqualTo(kind != PolicyKind.DLORA);
    }

    @Test
    void aSequenceThatMovesKeepsItsTeam() {
        var from = replica(PolicyKind.DLORA);
        submit(from, "a", ANT, RED);
        from.step();
        var codec = new ReplicaCodec();
        var to = replica(PolicyKind.DLORA);
        to.take(codec.sequence(codec.encode(from.export("a"))));
        to.step();
        assertThat(seen.getLast().teams()).extracting(TeamView::team).containsExactly(RED);
        assertThat(from.state().isIdle()).isTrue();
    }

    @Test
    void aSequenceWhoseReplicaHasFailedKeepsItsTeam() {
        var request = RandomRequests.greedy("a", ANT, 5, 9).withTeam(RED);
        var replica = replica(PolicyKind.DLORA);
        replica.take(SequenceState.told(request, new int[] {3, 4}, List.of(), 1));
        replica.step();
        assertThat(seen.getLast().teams()).extracting(TeamView::team).containsExactly(RED);
    }

    @Test
    void aTeamStaysWithARequestThatIsChanged() {
        var request = RandomRequests.greedy("a", ANT, 5, 9).withTeam(RED);
        assertThat(request.withId("b").team()).isEqualTo(RED);
        assertThat(request.withAdapter(AdapterRef.base()).team()).isEqualTo(RED);
        assertThat(RandomRequests.greedy("a", ANT, 5, 9).team()).isEqualTo(TeamRef.NONE);
    }

    private SimulatedReplica replica(PolicyKind kind) {
        return new SimulatedReplica(
                RandomRequests.shape(new StepLimits(2, 16, KvBlocks.TOKENS), 30),
                new SchedulingSettings(watched(kind), SloLimits.NONE),
                RandomRequests.ADAPTERS,
                CostModel.UNCALIBRATED);
    }

    private PolicySource watched(PolicyKind kind) {
        return watched(PolicySettings.of(kind).create());
    }

    private <S> PolicySource watched(Policy<S> policy) {
        return new Watched<>(policy, seen);
    }

    private static void submit(
            SimulatedReplica replica, String id, AdapterRef adapter, TeamRef team) {
        replica.submit(RandomRequests.greedy(id, adapter, 5, 9).withTeam(team));
    }

    /** A policy whose snapshots are kept. */
    private record Watched<S>(Policy<S> policy, List<Snapshot> seen)
            implements Policy<S>, PolicySource {
        @Override
        public String name() {
            return policy.name();
        }

        @Override
        public boolean mayMerge() {
            return policy.mayMerge();
        }

        @Override
        public boolean goesByArrivalAlone() {
            return policy.goesByArrivalAlone();
        }

        @Override
        public boolean countsTeams() {
            return policy.countsTeams();
        }

        @Override
        public Policy<?> create() {
            return this;
        }

        @Override
        public S start() {
            return policy.start();
        }

        @Override
        public Decision<S> decide(Snapshot snapshot, S state) {
            seen.add(snapshot);
            return policy.decide(snapshot, state);
        }
    }
}
