package org.dlora.cluster.supervision;

import java.nio.file.Path;
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
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link LeavingAdaptersTest} with SmolLM2-135M-Instruct and adapters trained for it: each way to
 * leave, each end and each phase once.
 */
@EnabledIfSystemProperty(named = LeavingSmolLm2AdaptersTest.MODEL, matches = ".+")
@EnabledIfSystemProperty(named = LeavingSmolLm2AdaptersTest.ADAPTERS, matches = ".+")
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeavingSmolLm2AdaptersTest {
    static final String MODEL = "dlora.test.smollm2";
    static final String ADAPTERS = "dlora.test.smollm2.adapters";

    private final SupervisedModel model =
            new SupervisedModel(
                    Path.of(System.getProperty(MODEL)),
                    Path.of(System.getProperty(ADAPTERS)),
                    List.of("sql", "pirate"),
                    12);
    private List<List<GenerationEvent>> undisturbed = List.of();

    @BeforeAll
    void ask() throws InterruptedException {
        undisturbed = LeavingScenario.undisturbed(model);
    }

    static Stream<LeavingScenario> scenarios() {
        return Stream.of(
                new LeavingScenario(true, Leaving.EVICTED, End.FAIL, Phase.DECODE),
                new LeavingScenario(false, Leaving.CLOSED, End.HANG, Phase.PREFILL),
                new LeavingScenario(true, Leaving.UNLOADED, End.RESTART, Phase.PAUSED),
                new LeavingScenario(false, Leaving.RELOADED, End.DRAIN, Phase.DECODE),
                new LeavingScenario(true, Leaving.RETIRED, End.FAIL, Phase.WAITING));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void noRequestIsLost(LeavingScenario scenario) throws InterruptedException {
        scenario.check(model, undisturbed);
    }
}
