package org.dlora.cluster.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReplicaWatchTest {
    @Test
    void aRestartThatIsAskedForHappensWhileItWatches() {
        var script = new SupervisedScript();
        try (script;
                var watch =
                        new ReplicaWatch(
                                List.of(script.replica),
                                new WatchdogSettings(30, 50, 600),
                                script,
                                script.metrics)) {
            watch.start();
            script.replica.restart().join();
            assertThat(script.replica.isServing()).isTrue();
            assertThat(script.incarnations).hasSize(2);
        }
    }
}
