package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Many short requests, a third of which are given up at a random moment, leave nothing behind. Long
 * with {@code -Ddlora.test.long=true}.
 */
class SoakIT extends ServerIT {
    private static final int REQUESTS = Boolean.getBoolean("dlora.test.long") ? 5_000 : 1_000;
    private static final int IN_FLIGHT = 32;

    /** Growth that is no leak: 8 MB, and rows of the history, of which memory keeps 20,000. */
    private static final long HEAP_SLACK = (8 << 20) + Math.min(20_000, REQUESTS) * (2L << 10);

    @Test
    void losesNoSlotBlockThreadOrHeap() throws Exception {
        var examples = Example.all();
        run(examples, REQUESTS / 3, 1);
        untilIdle();
        var threads = threads();
        long heap = usedHeap();
        run(examples, REQUESTS - REQUESTS / 3, 2);
        untilIdle();
        assertThat(threads()).isEqualTo(threads);
        assertThat(usedHeap()).isLessThan(heap + HEAP_SLACK);
    }

    private void run(List<Example> examples, int count, int seed) throws Exception {
        var random = new Random(seed);
        var jobs = new ArrayList<Callable<String>>();
        for (int i = 0; i < count; i++) {
            var example = examples.get(random.nextInt(examples.size()));
            boolean stream = random.nextBoolean();
            int patience = random.nextInt(3000);
            jobs.add(
                    random.nextInt(3) == 0
                            ? () -> giveUp(example, stream, patience)
                            : () -> finish(example, stream));
        }
        try (var clients = Executors.newFixedThreadPool(IN_FLIGHT)) {
            var wrong = new ArrayList<String>();
            for (Future<String> answer : clients.invokeAll(jobs)) {
                wrong.add(answer.get());
            }
            assertThat(wrong).allMatch(String::isEmpty);
        }
    }

    private String finish(Example example, boolean stream) throws Exception {
        var given = Example.text(post("/v1/chat/completions", example.request(stream)), stream);
        return given.equals(example.output()) ? "" : example + " got " + given;
    }

    /** Closes the connection after {@code patience} bytes of the answer. */
    private String giveUp(Example example, boolean stream, int patience) throws IOException {
        var body = example.request(stream).getBytes(UTF_8);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var head =
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                            + body.length
                            + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(UTF_8));
            socket.getOutputStream().write(body);
            if (patience > 500) {
                socket.setSoTimeout(60_000);
                socket.getInputStream().readNBytes(stream ? patience : 1);
            }
        }
        return "";
    }

    private void untilIdle() {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(gauges())
                                .containsEntry("dlora_requests_running", 0.0)
                                .containsEntry("dlora_requests_waiting", 0.0)
                                .containsEntry("dlora_kv_usage", 0.0));
    }

    /** Returns the gauges, summed over the replicas. */
    private Map<String, Double> gauges() throws Exception {
        return get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line ->
                        line.matches("dlora_(requests_running|requests_waiting|kv_usage\\w*)\\{.*"))
                .collect(
                        Collectors.toMap(
                                line -> line.substring(0, line.indexOf('{')).replace("_ratio", ""),
                                line ->
                                        Double.parseDouble(
                                                line.substring(line.lastIndexOf(' ') + 1)),
                                Double::sum));
    }

    /** Threads of the server that live as long as it, by name without number. */
    private static Map<String, Long> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(thread -> thread.getName().replaceAll("\\d+", "#"))
                .filter(name -> name.matches("(replica|dlora-cpu|webflux-http|parallel).*"))
                .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
    }

    private static long usedHeap() {
        return IntStream.range(0, 3)
                .mapToLong(_ -> {
                    System.gc();
                    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
                })
                .min()
                .orElseThrow();
    }
}
