package org.dlora.cluster.supervision;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.cluster.supervision.LeavingScenario.End;
import org.dlora.cluster.supervision.LeavingScenario.Leaving;
import org.dlora.cluster.supervision.LeavingScenario.Phase;
import org.dlora.replica.request.GenerationEvent;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Adapters leave while requests need them, and one of two replicas ends at that moment. No request
 * is lost, and each gets the tokens that it gets undisturbed.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeavingAdaptersTest {
    private List<List<GenerationEvent>> undisturbed = List.of();

    @BeforeAll
    void ask() throws InterruptedException {
        undisturbed = LeavingScenario.undisturbed(SupervisedModel.TINY);
    }

    static Stream<LeavingScenario> scenarios() {
        return Stream.of(true, false)
                .flatMap(isShared ->
                        Arrays.stream(Leaving.values())
                                .flatMap(leaving ->
                                        Arrays.stream(End.values())
                                                .flatMap(end ->
                                                        Arrays.stream(Phase.values())
                                                                .map(phase ->
                                                                        new LeavingScenario(
                                                                                isShared, leaving,
                                                                                end, phase)))));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void noRequestIsLost(LeavingScenario scenario) throws InterruptedException {
        scenario.check(SupervisedModel.TINY, undisturbed);
    }
}
