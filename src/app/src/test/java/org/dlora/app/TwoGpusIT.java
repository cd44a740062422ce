package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** A server with a replica on each of two GPUs: weights on both, and requests that move. */
@ExtendWith(NeedsCuda.class)
@Timeout(value = 300, threadMode = ThreadMode.SEPARATE_THREAD)
class TwoGpusIT {
    private static final Path DEMO = TestFiles.demo();

    @Test
    void requestsMoveBetweenGpusWhileTheyStream() throws Exception {
        try (var server =
                RunningServer.start(
                        DEMO.resolve("model"),
                        DEMO.resolve("adapters"),
                        "--dlora.served-name=dlora-demo",
                        "--dlora.dtype=float32",
                        "--dlora.replicas[0].device=cuda:0",
                        "--dlora.replicas[1].device=cuda:1",
                        "--dlora.rebalance.enabled=false",
                        "--dlora.kv-cache.size=8MB")) {
            var memories = Example.JSON.readTree(server.get("/admin/residency").body());
            assertThat(memories.get("memories").valueStream())
                    .extracting(memory -> memory.get("memory").asString())
                    .containsExactly("cuda:0", "cuda:1");
            for (var memory : memories.get("memories")) {
                assertThat(memory.at("/bytes/weights").asLong()).isPositive();
                assertThat(memory.at("/bytes/heap").isMissingNode()).isTrue();
            }
            for (var model : List.of("dlora-demo", "spell")) {
                moveToAndFro(server, longest(model));
            }
        }
    }

    /** Streams an answer, whose request goes to the other GPU and back meanwhile. */
    private static void moveToAndFro(RunningServer server, Example example) throws Exception {
        var begun = new CompletableFuture<String>();
        var moves =
                begun.thenApplyAsync(id -> {
                    var ended = new ArrayList<JsonNode>();
                    for (var target : List.of("1", "0")) {
                        ended.add(move(server, id, target));
                    }
                    return ended;
                });
        var answer =
                StreamedAnswer.read(
                        server.lines("/v1/chat/completions", example.request(true)),
                        begun::complete,
                        Long.MAX_VALUE);
        assertThat(answer.text()).isEqualTo(example.output());
        // The first move is refused where the request is on cuda:1 already.
        var back = moves.get().getLast();
        assertThat(back.path("outcome").asString()).as("%s", back).isEqualTo("moved");
        assertThat(back.get("from").asString()).isEqualTo("1");
        assertThat(back.get("to").asString()).isEqualTo("0");
        assertThat(back.get("bytes").asLong()).isPositive();
    }

    private static JsonNode move(RunningServer server, String request, String target) {
        var order = Example.JSON.createObjectNode();
        order.put("request", request);
        order.put("to", target);
        try {
            return Example.JSON.readTree(server.post("/admin/migrations", order.toString()).body());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Example longest(String model) throws Exception {
        return Example.all().stream()
                .filter(example -> example.model().equals(model))
                .max(Comparator.comparingInt(example -> example.output().length()))
                .orElseThrow();
    }
}
