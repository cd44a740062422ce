package org.dlora.app;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.cluster.Cluster;
import org.dlora.device.Device;

/**
 * Threads and memory of an idle server without resident adapters.
 *
 * @param threads by name, without numbers
 * @param weightBytes of the device, without KV caches
 * @param ledger bytes that are booked, by series, without those of KV caches, which grow and shrink
 */
record ReplicaBooks(Map<String, Long> threads, long weightBytes, Map<String, Double> ledger) {
    private static final String RESERVED = "dlora_memory_reserved_bytes";
    private static final String KV = "use=\"kv_cache\"";
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** Waits until the server is idle and has no adapter, and returns what it holds then. */
    static ReplicaBooks of(AdapterCalls calls, Device device) throws Exception {
        await().atMost(PATIENCE).untilAsserted(() -> assertIdle(calls));
        await().atMost(PATIENCE).untilAsserted(() -> evictAll(calls));
        return now(calls, device);
    }

    /** Waits until the server holds this again. */
    void assertSame(AdapterCalls calls, Device device) {
        await().atMost(PATIENCE).untilAsserted(() -> assertIdle(calls));
        await().atMost(PATIENCE)
                .untilAsserted(() -> {
                    evictAll(calls);
                    assertThat(now(calls, device)).isEqualTo(this);
                });
    }

    /** Evicts all adapters, some of which may be loaded again ahead of bursts. */
    private static void evictAll(AdapterCalls calls) throws Exception {
        for (var adapter : calls.resident()) {
            assertThat(calls.administer(adapter, "evict").status()).isIn(200, 409);
        }
        assertThat(calls.metric("dlora_adapter_bytes")).isZero();
    }

    private static ReplicaBooks now(AdapterCalls calls, Device device) throws Exception {
        double kv = calls.metric(RESERVED, KV);
        assertThat(kv).isEqualTo(kvBytes(calls));
        return new ReplicaBooks(running(), device.bytes() - (long) kv, booked(calls));
    }

    /** Returns the bytes of the KV caches that replicas have. */
    private static double kvBytes(AdapterCalls calls) throws Exception {
        return Example.JSON
                .readTree(calls.server().get("/admin/residency").body())
                .get("memories")
                .valueStream()
                .flatMap(memory -> memory.get("kv").valueStream())
                .mapToDouble(cache -> cache.get("bytes").asDouble())
                .sum();
    }

    private static void assertIdle(AdapterCalls calls) throws Exception {
        assertThat(calls.server().served().generation())
                .isInstanceOfSatisfying(
                        Cluster.class, cluster -> assertThat(cluster.unfinished()).isZero());
        var replicas =
                Example.JSON.readTree(calls.server().get("/admin/replicas").body()).get("replicas");
        for (var replica : replicas) {
            assertThat(replica.get("state").asString()).isEqualTo("serving");
            assertThat(replica.get("running").asInt()).isZero();
            assertThat(replica.get("waiting").asInt()).isZero();
            assertThat(replica.get("free_blocks").asInt())
                    .isEqualTo(replica.get("total_blocks").asInt());
            assertThat(replica.get("requests")).isEmpty();
        }
        assertThat(
                        Example.JSON
                                .readTree(calls.server().get("/admin/migrations").body())
                                .get("running"))
                .isEmpty();
        for (var adapter : calls.adapters().get("adapters")) {
            assertThat(adapter.get("running").asInt()).isZero();
            assertThat(adapter.get("waiting").asInt()).isZero();
            assertThat(adapter.get("pinned").asBoolean()).isFalse();
        }
        assertThat(calls.metric("dlora_requests_waiting")).isZero();
        assertThat(calls.metric(RESERVED, "use=\"fenced\"")).isZero();
    }

    /**
     * Returns the threads of the program; those of clients, of the web server, and of loads, come
     * and go.
     */
    private static Map<String, Long> running() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(thread -> thread.getName().replaceAll("\\d+", "#"))
                .filter(name ->
                        name.matches("(replica|dlora|adapter(?!-loader|-keeper)|rebalanc|plac).*"))
                .collect(groupingBy(name -> name, TreeMap::new, counting()));
    }

    private static Map<String, Double> booked(AdapterCalls calls) throws Exception {
        var bytes = new TreeMap<String, Double>();
        calls.server()
                .get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith(RESERVED) && !line.contains(KV))
                .forEach(line ->
                        bytes.put(
                                line.substring(0, line.lastIndexOf(' ')),
                                Double.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
        return bytes;
    }
}
