package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.List;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.device.cuda.CudaDevice;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.cuda.SharedGpu;
import org.dlora.device.cuda.StandIn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A GPU that is lost ends its replica: its requests go on with the same bits on another GPU. */
@ExtendWith(NeedsCuda.class)
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GpuLossTest {
    /** A GPU whose errors no other test sees. */
    private static final int LOST = 3;

    @Test
    void requestsOfALostGpuGoOnOnAnother() throws Exception {
        try (var gpu = CudaDevice.gpu(LOST);
                var server = new TwoMemories(List.of(gpu, SharedGpu.number(1)))) {
            var undisturbed = TwoMemories.await(server.ask("alone", 3));
            var moves = new ClusterMigrations(server.cluster);
            for (var adapter : TwoMemories.ADAPTERS) {
                moves.copyAdapter(adapter, "1").join();
            }
            var replicas = new ClusterReplicas(server.cluster, Clock.systemUTC());
            replicas.drain("1");
            ToldFacts.forget(server.facts, 3);
            var answers = server.ask("r", 3);
            for (Answer answer : answers) {
                answer.awaitStart();
            }
            replicas.resume("1");
            StandIn.failNext("launch", StandIn.ILLEGAL_ADDRESS, 0);
            assertThat(TwoMemories.await(answers)).isEqualTo(undisturbed);
            ToldFacts.await(server.facts, 3);
            assertThat(server.facts.stream().mapToInt(RequestFacts::rescues).sum()).isPositive();
            assertThat(server.replicas.get(0).isServing()).isFalse();
            assertThat(server.replicas.get(1).isServing()).isTrue();
        }
    }
}
