package org.dlora.store.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.dlora.catalogue.history.Page;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.cluster.facts.TestTraces;
import org.dlora.store.FullFolder;
import org.dlora.store.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The history while the folder of H2's file is full. */
@ExtendWith(OutputCaptureExtension.class)
class FullFolderTest {
    private static final Page FIRST = new Page(null, 1000, null, null);

    @TempDir Path home;
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

    @Test
    void rowsWaitUntilThereIsRoomAgain(CapturedOutput output) {
        try (var database = TestDatabase.postgres(FullFolder.url(home), home);
                var history =
                        new StoredHistory(
                                database,
                                HistorySettings.DEFAULT,
                                new ClusterEvents(Clock.systemUTC()),
                                Clock.systemUTC(),
                                metrics)) {
            history.serves(HistoryContract.BASE);
            end(history, 0, 5);
            awaitWritten(5);

            FullFolder.fill(true);
            end(history, 5, 10);
            var line = "cannot be written: folder " + home + " has no room for 16 MiB";
            await().atMost(Duration.ofMinutes(1)).until(() -> output.getOut().contains(line));
            end(history, 10, 300);
            assertThatThrownBy(() -> history.requests(HistoryContract.ALL, FIRST))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("No space left on device");
            FullFolder.fill(false);

            awaitWritten(300);
            assertThat(history.requests(HistoryContract.ALL, FIRST)).hasSize(300);
            assertThat(metrics.counter("dlora.history.dropped").count()).isZero();
            assertThat(metrics.counter("dlora.history.failed").count()).isZero();
            assertThat(output.getOut().split(line, -1)).hasSize(2);
            assertThat(output.getOut().split("Folder " + home + " has room again", -1)).hasSize(2);
        } finally {
            FullFolder.fill(false);
        }
    }

    private void awaitWritten(int rows) {
        await().atMost(Duration.ofMinutes(2))
                .until(() -> metrics.counter("dlora.history.written").count() == rows);
    }

    private static void end(StoredHistory history, int from, int to) {
        for (int i = from; i < to; i++) {
            history.ended(HistoryContract.facts("r" + i, "sql", TestTraces.base()));
        }
    }
}
