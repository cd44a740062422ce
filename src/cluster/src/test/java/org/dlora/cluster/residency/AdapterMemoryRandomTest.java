package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.statistics.Statistics;
import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.device.MemoryUse;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.tensor.LoadException;

/**
 * An adapter memory under the server's policy and whatever happens: requests, cancellations,
 * failing loads, evictions and pins by hand, retired versions, and other uses that take memory and
 * give it back.
 */
class AdapterMemoryRandomTest {
    private static final List<String> FOLDERS =
            List.of(ScriptedMemory.SMALL, ScriptedMemory.LARGE, "dora");
    private static final long LARGE = ScriptedMemory.bytes(ScriptedMemory.LARGE);

    /** The last events that a request got. */
    private final Map<String, AtomicInteger> ends = new LinkedHashMap<>();

    private final List<String> registered = new ArrayList<>();
    private final List<CompletableFuture<Void>> forgotten = new ArrayList<>();
    private final List<MemoryReservation> others = new ArrayList<>();
    private int versions;

    @Property(tries = 25, shrinking = ShrinkingMode.OFF)
    void budgetHoldsEveryRequestEndsOnceAndTheBooksBalance(@ForAll long seed) {
        ends.clear();
        registered.clear();
        forgotten.clear();
        others.clear();
        var random = new Random(seed);
        var ledger = new MemoryLedger(LARGE * (2 + random.nextInt(6)) / 2);
        var settings = new ResidencySettings(1 + random.nextInt(2), random.nextInt(3));
        try (var server = new ScriptedMemory("host", ledger, settings, List.of("0", "1"))) {
            server.policy(new CostAwareResidency());
            for (int i = 0; i < 6; i++) {
                register(server, random);
            }
            for (int i = 0; i < 150; i++) {
                operate(server, random, i);
                assertThat(ledger.taken()).isLessThanOrEqualTo(ledger.limit());
                assertThat(server.device.bytes()).isLessThanOrEqualTo(ledger.limit());
            }
            others.forEach(MemoryReservation::close);
            drain(server, () -> ends.values().stream().allMatch(count -> count.get() == 1));
            await().until(() -> ledger.taken() == server.memory.bytes());
            assertThat(server.memory.waiting()).isZero();
            long loads =
                    server.registry.get("dlora.adapter.load").timers().stream()
                            .mapToLong(Timer::count)
                            .sum();
            Statistics.label("loads").collect(loads / 10 * 10);
            registered.forEach(id -> forgotten.add(server.memory.retire(id)));
            drain(server, () -> forgotten.stream().allMatch(CompletableFuture::isDone));
            assertThat(server.memory.report()).isEmpty();
            assertThat(ledger.taken()).isZero();
            assertThat(server.device.bytes()).isZero();
        }
        assertThat(ends.values()).allMatch(count -> count.get() == 1);
    }

    private void register(ScriptedMemory server, Random random) {
        var id = "a" + versions++;
        var adapter = server.register(id, FOLDERS.get(random.nextInt(FOLDERS.size())));
        int failing = random.nextInt(12);
        var uploads = new AtomicInteger();
        adapter.gate(() -> {
            if (uploads.incrementAndGet() % 3 == 0) {
                switch (failing) {
                    case 0 -> throw new LoadException("a test");
                    case 1 -> throw new OutOfMemoryError("a test");
                    default -> {}
                }
            }
        });
        registered.add(id);
    }

    private void operate(ScriptedMemory server, Random random, int i) {
        var id = registered.get(random.nextInt(registered.size()));
        switch (random.nextInt(20)) {
            case 0 -> {
                registered.remove(id);
                forgotten.add(server.memory.retire(id));
                register(server, random);
            }
            case 1 -> cancel(server, random);
            case 2 -> {
                try {
                    server.memory.pin(id, random.nextInt(4) == 0);
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageContaining("There is not enough memory for adapter");
                }
            }
            case 3 -> {
                try {
                    var _ = server.memory.evict(id);
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageMatching("Adapter .* is (pinned|being loaded).*");
                }
            }
            case 4 -> {
                var _ = server.memory.makeResident(id);
            }
            case 5 -> {
                try {
                    var use = MemoryUse.MERGED_WEIGHTS;
                    others.add(server.ledger.reserve(use, random.nextLong(LARGE)));
                } catch (MemoryFullException _) {
                    // The memory may be full.
                }
            }
            case 6 -> {
                if (!others.isEmpty()) {
                    others.removeLast().close();
                }
            }
            case 7, 8 -> server.pass(random.nextDouble());
            case 9, 10, 11, 12 -> end(server, random);
            default -> ask(server, "r" + i, id);
        }
        if (random.nextInt(4) == 0) {
            Thread.onSpinWait();
        }
    }

    private void ask(ScriptedMemory server, String request, String id) {
        var last = new AtomicInteger();
        ends.put(request, last);
        server.submit(
                ScriptedMemory.request(request, id, 1),
                event -> {
                    assertThat(last).hasValue(0);
                    if (event.isLast()) {
                        last.incrementAndGet();
                    }
                });
    }

    private void cancel(ScriptedMemory server, Random random) {
        var all = List.copyOf(ends.keySet());
        if (!all.isEmpty()) {
            server.memory.cancel(all.get(random.nextInt(all.size())));
        }
    }

    private static void end(ScriptedMemory server, Random random) {
        for (var replica : server.replicas) {
            var running = replica.unfinished();
            if (!running.isEmpty()) {
                replica.end(running.get(random.nextInt(running.size())));
            }
        }
    }

    /** Lets time pass and ends all requests that run, until {@code isDone}. */
    private static void drain(ScriptedMemory server, BooleanSupplier isDone) {
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    server.pass(0.5);
                    for (var replica : server.replicas) {
                        replica.unfinished().forEach(replica::end);
                    }
                    return isDone.getAsBoolean();
                });
    }
}
