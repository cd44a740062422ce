package org.dlora.cluster.rebalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringTokenizer;
import org.dlora.scheduling.rebalance.GreedyRebalancer;
import org.dlora.scheduling.rebalance.RebalanceInstance;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class BackgroundSolverTest {
    private static final int SCHED_OTHER = 0;
    private static final int SCHED_IDLE = 5;

    private final GreedyRebalancer greedy = new GreedyRebalancer();

    @Test
    void givesThePlanOfItsSolver() {
        var problem = RebalanceInstance.SMALL.problem(1);
        assertThat(new BackgroundSolver(greedy).solve(problem, 0))
                .isEqualTo(greedy.solve(problem, 0));
    }

    @Test
    void passesFailuresOn() {
        var solver =
                new BackgroundSolver((_, _) -> {
                    throw new IllegalStateException("unsolvable");
                });
        assertThatThrownBy(() -> solver.solve(RebalanceInstance.SMALL.problem(1), 0))
                .hasRootCauseMessage("unsolvable");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theSolverAndItsThreadsComputeWhereNoOtherThreadDoes() {
        List<Integer> seen = new ArrayList<>();
        var solver =
                new BackgroundSolver((problem, _) -> {
                    seen.add(policy());
                    seen.add(policyOfAChild());
                    return greedy.solve(problem, 0);
                });
        RebalancePlan plan = solver.solve(RebalanceInstance.SMALL.problem(1), 0);
        assertThat(plan.moves()).isNotEmpty();
        assertThat(seen).containsExactly(SCHED_IDLE, SCHED_IDLE);
        assertThat(policy()).isEqualTo(SCHED_OTHER);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void virtualThreadsThatWaitedKeepTheirPriority() throws InterruptedException {
        var problem = RebalanceInstance.SMALL.problem(1);
        var solver = new BackgroundSolver(greedy);
        var seen = Collections.synchronizedList(new ArrayList<Integer>());
        var waiting = new ArrayList<Thread>();
        for (int i = 0; i < 20; i++) {
            waiting.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                solver.solve(problem, 0);
                                seen.add(policy());
                            }));
        }
        for (var thread : waiting) {
            thread.join();
        }
        assertThat(seen).hasSize(20).containsOnly(SCHED_OTHER);
    }

    private static int policyOfAChild() {
        int[] policy = {-1};
        var thread = Thread.ofPlatform().start(() -> policy[0] = policy());
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return policy[0];
    }

    /** Returns the scheduling policy of the calling thread. */
    private static int policy() {
        try {
            var stat = Files.readString(Path.of("/proc/thread-self/stat"));
            // The second field, a name in brackets, may hold spaces; the policy is the 41st.
            var fields = new StringTokenizer(stat.substring(stat.lastIndexOf(')') + 2));
            return Integer.parseInt(Collections.list(fields).get(38).toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
