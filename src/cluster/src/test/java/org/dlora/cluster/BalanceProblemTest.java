package org.dlora.cluster;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replicas, adapters and requests as plans see them, while these change. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BalanceProblemTest {
    private static final int REGISTRATIONS = 100;

    /** Each registration is dismissed while its request runs, as by the gate of a version. */
    @Test
    void requestsEndWhoseAdaptersAreForgotten() throws Exception {
        var isOver = new AtomicBoolean();
        try (var server = new TwoMemories();
                var planners = Executors.newSingleThreadExecutor()) {
            var planning =
                    planners.submit(() -> {
                        int problems = 0;
                        for (; !isOver.get(); problems++) {
                            server.cluster.balance().problem();
                        }
                        return problems;
                    });
            try {
                askDismissed(server);
            } finally {
                isOver.set(true); // Before the executor is closed, which waits for it.
            }
            assertThat(planning.get()).isPositive();
        }
    }

    private static void askDismissed(TwoMemories server) throws Exception {
        var files = server.names.find("r8-all").orElseThrow().source();
        for (int i = 0; i < REGISTRATIONS; i++) {
            var id = "r8-all#" + (10 + i);
            server.cluster.register(new ServedAdapter(id, files, Instant.EPOCH));
            var answer = new Answer();
            var request = MigrationsTest.request("r" + i, 0).withAdapter(AdapterRef.of(id));
            server.cluster.submitUnseen(request, answer);
            var gone = server.cluster.retire(id);
            answer.await();
            gone.get(1, MINUTES);
        }
    }
}
