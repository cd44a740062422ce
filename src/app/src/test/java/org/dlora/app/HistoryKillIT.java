package org.dlora.app;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The history of a server that is killed under load. At most the requests of its last two seconds
 * have no row after the next start. {@code -Ddlora.test.kills} sets the number of kills, {@code
 * -Ddlora.test.seed} their moments.
 */
@Timeout(value = 10, unit = MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class HistoryKillIT {
    private static final Path DEMO = TestFiles.demo().toAbsolutePath();
    private static final JsonMapper JSON = new JsonMapper();
    private static final int KILLS =
            Integer.getInteger("dlora.test.kills", Boolean.getBoolean("dlora.test.long") ? 2 : 1);

    /** Rows of the load that the history shows before a server is killed. */
    private static final int SHOWN = 40;

    /** Seconds of writes that a killed server may lose (docs/history.md, decision 222). */
    private static final Duration BOUND = Duration.ofSeconds(2);

    private static final String BODY =
            "{\"model\": \"rot13\", \"prompt\": \"The quick\", \"max_tokens\": 2}";

    @TempDir Path folder;

    /** When each answer had come, by the id of its row. No row can have a later end. */
    private final Map<String, Instant> ends = new ConcurrentHashMap<>();

    /** Longest time that a call to the database took while the load ran. */
    private volatile Duration longestRead = Duration.ZERO;

    @Test
    void atMostTheLastTwoSecondsAreMissing() throws Exception {
        long seed = Long.getLong("dlora.test.seed", System.nanoTime());
        System.out.println("HistoryKillIT: -Ddlora.test.seed=" + seed);
        var random = new Random(seed);
        var promised = Instant.MIN;
        for (int kill = 0; kill <= KILLS; kill++) {
            try (var server = start(kill)) {
                if (kill > 0) {
                    assertRows(rows(server), promised);
                }
                if (kill < KILLS) {
                    promised =
                            killUnderLoad(
                                    server, Duration.ofNanos(random.nextLong(BOUND.toNanos())));
                }
            }
        }
    }

    /**
     * Kills a server so long after rows of the load were shown that rows which were answered later
     * must have been written too. Returns the time before which no request may be missing.
     *
     * @param more time until the kill, beyond the bound
     */
    private Instant killUnderLoad(ServerProcess server, Duration more) throws InterruptedException {
        ends.clear();
        longestRead = Duration.ZERO;
        var clients = List.of(client(server), client(server));
        await().atMost(Duration.ofMinutes(2)).until(() -> shown(server) == SHOWN);
        var shown = Instant.now();
        await().atMost(Duration.ofMinutes(2))
                .until(() -> {
                    var _ = shown(server);
                    return promised(Instant.now()).isAfter(shown.plus(more));
                });
        var killed = Instant.now();
        server.kill();
        for (var client : clients) {
            client.join();
        }
        return promised(killed);
    }

    /** Returns the bound of a kill; a write may take as long as a read did on this machine. */
    private Instant promised(Instant killed) {
        return killed.minus(BOUND).minus(longestRead);
    }

    private void assertRows(Set<String> rows, Instant promised) {
        var missing = new HashMap<String, Instant>();
        int due = 0;
        for (var end : ends.entrySet()) {
            if (end.getValue().isBefore(promised)) {
                due++;
                if (!rows.contains(end.getKey())) {
                    missing.put(end.getKey(), end.getValue());
                }
            }
        }
        assertThat(missing).as("promised: those before %s", promised).isEmpty();
        // Else nothing would have been checked.
        assertThat(due).isPositive();
    }

    private ServerProcess start(int number) throws IOException {
        return ServerProcess.start(
                folder.resolve("log" + number),
                List.of(
                        "--dlora.model=" + DEMO.resolve("model"),
                        "--dlora.adapters.roots=" + DEMO.resolve("adapters"),
                        "--dlora.home=" + folder.resolve("home"),
                        "--dlora.store=auto",
                        "--dlora.weights-cache=off"),
                ServerProcess::awaitCatalogue);
    }

    /** Begins a client that sends one request after the other until the server has gone. */
    private Thread client(ServerProcess server) {
        return Thread.ofPlatform()
                .start(() -> {
                    try {
                        while (server.isAlive()) {
                            var answer = server.send("POST", "/v1/completions", BODY);
                            var now = Instant.now();
                            ends.put(JSON.readTree(answer.body()).get("id").asString() + "-0", now);
                        }
                    } catch (CompletionException _) {
                        // The server has gone.
                    }
                });
    }

    /** Returns how many of the newest rows of the history are of this load. */
    private long shown(ServerProcess server) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        var rows = page(server, "limit=" + SHOWN);
        var took = Duration.ofNanos(System.nanoTime() - begin);
        longestRead = took.compareTo(longestRead) > 0 ? took : longestRead;
        return rows.get("requests")
                .valueStream()
                .filter(row -> ends.containsKey(row.get("id").asString()))
                .count();
    }

    private static Set<String> rows(ServerProcess server) throws IOException, InterruptedException {
        var rows = new HashSet<String>();
        var after = "";
        do {
            var page = page(server, "limit=10000" + after);
            page.get("requests").forEach(row -> rows.add(row.get("id").asString()));
            after = page.get("next").isNull() ? "" : "&after=" + page.get("next").asString();
        } while (!after.isEmpty());
        return rows;
    }

    private static JsonNode page(ServerProcess server, String query)
            throws IOException, InterruptedException {
        var answer = server.get("/admin/requests?" + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }
}
