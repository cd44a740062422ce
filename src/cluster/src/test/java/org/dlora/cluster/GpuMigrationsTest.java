package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.cuda.SharedGpu;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.request.GenerationEvent;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that move from one GPU to another while they stream give their clients the same bits.
 */
@ExtendWith(NeedsCuda.class)
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GpuMigrationsTest {
    /** Requests of the base and each adapter, greedy and sampled. */
    private static final int REQUESTS = 3;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void answersOfMovedRequestsAreThoseOfUndisturbedOnes(boolean isKvSent) throws Exception {
        var gpus = List.of(SharedGpu.number(0), SharedGpu.number(1));
        var before = List.of(gpus.get(0).bytes(), gpus.get(1).bytes());
        try (var server = new TwoMemories(gpus)) {
            var undisturbed = new ArrayList<List<GenerationEvent>>();
            for (int i = 0; i < REQUESTS; i++) {
                undisturbed.addAll(TwoMemories.await(List.of(ask(server, "alone", i))));
            }
            var moves = new ClusterMigrations(server.cluster);
            for (var adapter : TwoMemories.ADAPTERS) {
                moves.copyAdapter(adapter, "1").join();
            }
            var replicas = new ClusterReplicas(server.cluster, Clock.systemUTC());
            for (int i = 0; i < REQUESTS; i++) {
                replicas.drain("1");
                var answer = ask(server, "r", i);
                answer.awaitStart();
                replicas.resume("1");
                var result = server.cluster.migrations().move("r" + i, "1", isKvSent).join();
                assertThat(result).isInstanceOf(MigrationResult.Moved.class);
                assertThat(TwoMemories.await(List.of(answer))).containsExactly(undisturbed.get(i));
            }
            assertThat(server.cluster.migrations().history())
                    .hasSize(REQUESTS)
                    .allSatisfy(move -> {
                        assertThat(move.source()).isEqualTo("0");
                        assertThat(move.target()).isEqualTo("1");
                        assertThat(move.kv().bytes() > 0).isEqualTo(isKvSent);
                    });
        }
        assertThat(List.of(gpus.get(0).bytes(), gpus.get(1).bytes())).isEqualTo(before);
    }

    private static Answer ask(TwoMemories server, String prefix, int i) {
        var answer = new Answer();
        server.cluster.submit(MigrationsTest.request(prefix + i, i), answer);
        return answer;
    }
}
