package org.dlora.scheduling.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.scheduling.dispatch.OutlookSketch.request;

import java.util.List;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.LoraFacts;
import org.junit.jupiter.api.Test;

/** The choice of the least loaded replica, by example. */
class LeastLoadedDispatchTest {
    private static final DispatchRequest REQUEST = request("sql", 64, 100);

    private final LeastLoadedDispatch rule = new LeastLoadedDispatch();

    @Test
    void fewestRunningAndWaitingRequestsWinHoweverLongTheyAre() {
        var many = replica("a").running("sql", 3, 1).waiting(2, 1, 1);
        var few = replica("b").running("sql", 3, 900).waiting(1, 900, 900);
        assertThat(chosen(many, few)).isEqualTo("b");
    }

    @Test
    void onlyReplicasWhereTheAdapterIsResidentCompete() {
        var busy = replica("a").running("sql", 8, 900).waiting(40, 900, 900);
        assertThat(chosen(busy, replica("b").absent(0.01))).isEqualTo("a");
        assertThat(chosen(busy, replica("b").presence(new AdapterPresence.Loading(0.01))))
                .isEqualTo("a");
    }

    @Test
    void adapterThatIsResidentNowhereIsServedWhereItIsBeingLoadedOrWhereLoadIsLeast() {
        var loading = replica("a").running("sql", 5, 10).presence(new AdapterPresence.Loading(9));
        var busy = replica("b").running("sql", 2, 10).absent(1);
        var idle = replica("c").absent(1);
        assertThat(chosen(loading, busy, idle)).isEqualTo("a");
        assertThat(chosen(busy, idle)).isEqualTo("c");
    }

    @Test
    void amongEqualsFreeBlocksAndThenTheIdDecide() {
        assertThat(chosen(replica("a").free(90), replica("b"))).isEqualTo("b");
        assertThat(chosen(replica("b"), replica("a"))).isEqualTo("a");
    }

    @Test
    void replicasThatCannotServeAreNeverChosen() {
        var tooLarge = replica("a").presence(new AdapterPresence.Impossible(8 << 20, 5 << 20));
        var draining = replica("b").unavailable("it drains");
        assertThat(chosen(tooLarge, draining, replica("c").running("sql", 8, 9).absent(1)))
                .isEqualTo("c");
        var none = decision(REQUEST, tooLarge, draining);
        assertThat(none.replica()).isEmpty();
        assertThat(none.reasons())
                .containsEntry(
                        "a",
                        "is not offered: the adapter needs 8.0 MB, at most 5.0 MB can be made free")
                .containsEntry("b", "is not offered: it drains");
    }

    @Test
    void choiceIsExplainedForEachReplicaAndPredictsNothing() {
        var decision =
                decision(
                        REQUEST,
                        replica("a").running("sql", 2, 50),
                        replica("b").running("sql", 3, 1),
                        replica("c").absent(1));
        assertThat(decision.finish()).isNaN();
        assertThat(decision.reasons())
                .containsEntry(
                        "a",
                        "is chosen by least load: 2 unfinished requests; the model is resident")
                .containsEntry("b", "is not chosen: 3 unfinished requests, no less than on a")
                .containsEntry("c", "is not chosen: the adapter is not resident, unlike on a");
        assertThat(decision(REQUEST, replica("c").absent(1)).reasons())
                .containsEntry(
                        "c",
                        "is chosen by least load: 0 unfinished requests; the adapter is not resident");
    }

    @Test
    void requestsOfTheBaseModelGoAnywhere() {
        var base = new DispatchRequest(AdapterRef.base(), LoraFacts.NONE, 64, 100, false);
        var decision = decision(base, replica("a").running("sql", 1, 9), replica("b"));
        assertThat(decision.replica()).contains("b");
    }

    @Test
    void eachPolicyHasItsRule() {
        for (var policy : DispatchPolicy.values()) {
            assertThat(policy.rule().policy()).isEqualTo(policy);
        }
        assertThat(DispatchPolicy.LEAST_LOADED.label()).isEqualTo("least-loaded");
    }

    private static OutlookSketch replica(String id) {
        return new OutlookSketch(id);
    }

    private DispatchDecision decision(DispatchRequest request, OutlookSketch... replicas) {
        List<ReplicaOutlook> outlooks = Stream.of(replicas).map(OutlookSketch::outlook).toList();
        return rule.choose(request, outlooks);
    }

    private String chosen(OutlookSketch... replicas) {
        return decision(REQUEST, replicas).replica().orElseThrow();
    }
}
