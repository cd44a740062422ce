package org.dlora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Tests of databases that are away or cannot be opened at the start. */
@ExtendWith(OutputCaptureExtension.class)
class DatabaseOpeningTest {
    @TempDir Path home;

    @Test
    void theFileLiesInTheHomeAndIsTheOwnersAlone() throws IOException {
        var folder = home.resolve("new/home");
        try (var database = TestDatabase.h2(folder)) {
            assertThat(database.isInMemory()).isFalse();
            assertThat(folder.resolve("dlora.mv.db")).exists();
            if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                        .isEqualTo("rwx------");
            }
        }
    }

    @Test
    void memoryLeavesNoFile() throws IOException {
        var settings = TestDatabase.settings(home.resolve("unused"), true);
        try (var database = TestDatabase.started(settings, Map.of())) {
            TestDatabase.await(database);
            assertThat(database.isInMemory()).isTrue();
            assertThat(database.with(DataSource.class, DatabaseContract::tables))
                    .contains("request");
            assertThat(home.resolve("unused")).doesNotExist();
        }
    }

    @Test
    void fileOfAnotherServerIsReplacedByMemory(CapturedOutput output) throws IOException {
        TestDatabase.h2(home).close();
        try (var file = FileChannel.open(home.resolve("dlora.mv.db"), StandardOpenOption.WRITE);
                var _ = file.lock();
                var database = TestDatabase.h2(home)) {
            assertThat(database.isInMemory()).isTrue();
            assertThat(output.getOut().split("in use by another server", -1)).hasSize(2);
            assertThat(output).contains("kept in memory").doesNotContain("cannot be opened");
        }
    }

    @Test
    void homeThatCannotBeCreatedIsReplacedByMemory(CapturedOutput output) throws IOException {
        var file = Files.createFile(home.resolve("file"));
        try (var database = TestDatabase.h2(file.resolve("home"))) {
            assertThat(database.isInMemory()).isTrue();
            assertThat(output).contains("dlora.home cannot be created");
        }
    }

    @Test
    void isOpenedOnceTheServerIsThere(CapturedOutput output) throws Exception {
        int port = freePort();
        var url = "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres".formatted(port);
        try (var database =
                TestDatabase.started(
                        TestDatabase.settings(home, false), Map.of("spring.datasource.url", url))) {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> output.getOut().contains("serving goes on without"));
            assertThatThrownBy(() -> database.with(DataSource.class, DatabaseContract::tables))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("cannot be reached");

            try (var _ = startPostgres(port)) {
                TestDatabase.await(database);
                assertThat(database.with(DataSource.class, DatabaseContract::tables))
                        .contains("request");
                assertThat(output.getOut().lines())
                        .filteredOn(line -> line.contains(":" + port + "/"))
                        .filteredOn(line -> line.contains("is being opened"))
                        .hasSize(1);
                // Threads of other tests may log their own.
                assertThat(output.getOut().lines())
                        .filteredOn(line -> line.contains(":" + port + "/"))
                        .filteredOn(line -> line.contains("WARN") || line.contains("ERROR"))
                        .hasSize(1)
                        .allMatch(line -> line.contains("cannot be opened"));
            }
        }
    }

    @Test
    void closeEndsTheAttempts() {
        var url = "jdbc:postgresql://127.0.0.1:1/none";
        var database =
                TestDatabase.started(
                        new DatabaseSettings(home, false, Duration.ofHours(1)),
                        Map.of("spring.datasource.url", url));
        database.close();
        assertThat(database.opened()).isCompletedExceptionally();
    }

    @Test
    void pausesDoubleUpToAMinute() {
        var settings = new DatabaseSettings(home, false);
        assertThat(settings.pause(1)).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.pause(3)).isEqualTo(Duration.ofSeconds(4));
        assertThat(settings.pause(1000)).isEqualTo(Duration.ofMinutes(1));
    }

    private static AutoCloseable startPostgres(int port) {
        try {
            return TestPostgres.start(port);
        } catch (IOException | IllegalStateException e) {
            assumeThat(e).as("PostgreSQL cannot be started here").isNull();
            throw new AssertionError(e);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
