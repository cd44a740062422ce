package org.dlora.catalogue;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.device.MemoryLedger;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;

/**
 * Random loads, reloads, unloads, evictions, requests and cancels on two replicas whose memory has
 * room for two adapters. Each accepted request is answered once, by the version that its name had
 * then. Nothing is left in the end.
 */
class RuntimeAdaptersRandomTest {
    private static final List<String> FOLDERS = List.of("dora", "r4-qv", "r8-all");
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final int TOKENS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Room for two of the largest of the folders' adapters. */
    private static final MemoryLedger LEDGER = new MemoryLedger(TinyServer.bytes("r8-all") * 5 / 2);

    private static final TinyServer SERVER = new TinyServer(LEDGER, List.of(TinyServer.ADAPTERS));
    private static final Map<String, List<GenerationEvent>> EXPECTED = new HashMap<>();

    private record Asked(String id, String folder, Answer answer) {}

    @BeforeContainer
    static void learnTheAnswers() throws InterruptedException {
        var answers = RuntimeAdaptersTest.expected(SERVER, FOLDERS.toArray(String[]::new));
        for (int i = 0; i < FOLDERS.size(); i++) {
            EXPECTED.put(FOLDERS.get(i), answers.get(i));
        }
    }

    @AfterContainer
    static void close() {
        SERVER.close();
        assertThat(SERVER.device.bytes()).isZero();
    }

    @Property(tries = 40)
    void everyRequestIsAnsweredByTheVersionItBeganWith(@ForAll long seed) throws Exception {
        var random = new Random(seed);
        long bytes = SERVER.device.bytes();
        var served = new HashMap<String, String>();
        var asked = new ArrayList<Asked>();
        for (int i = 0; i < 60; i++) {
            var name = NAMES.get(random.nextInt(NAMES.size()));
            switch (random.nextInt(9)) {
                case 0 -> {
                    var folder = FOLDERS.get(random.nextInt(FOLDERS.size()));
                    SERVER.register(name, folder, true);
                    served.put(name, folder);
                }
                case 1 -> {
                    if (served.remove(name) != null) {
                        var _ = SERVER.unregister(name);
                    }
                }
                case 2 -> evict(name);
                case 3 -> {
                    if (!asked.isEmpty()) {
                        SERVER.cluster.cancel(asked.get(random.nextInt(asked.size())).id());
                    }
                }
                default -> {
                    var folder = served.get(name);
                    if (folder != null) {
                        var id = "r" + i;
                        asked.add(new Asked(id, folder, SERVER.ask(id, name, 1, TOKENS)));
                    }
                }
            }
            assertThat(SERVER.catalogue.adapters())
                    .extracting(ServedAdapter::name)
                    .containsExactlyInAnyOrderElementsOf(served.keySet());
        }
        for (var one : asked) {
            check(one);
        }
        assertThat(LEDGER.taken()).isLessThanOrEqualTo(LEDGER.limit());
        // Versions that were replaced go a moment after their last event.
        await().atMost(PATIENCE)
                .until(() -> SERVER.device.bytes() - bytes == SERVER.memory.bytes());
        for (var name : served.keySet()) {
            SERVER.unregister(name).join();
        }
        await().atMost(PATIENCE).until(() -> SERVER.device.bytes() == bytes);
        assertThat(SERVER.memory.bytes()).isZero();
    }

    private static void evict(String name) {
        SERVER.catalogue
                .find(name)
                .ifPresent(adapter -> {
                    try {
                        var _ = SERVER.memory.evict(adapter.id());
                    } catch (IllegalStateException e) {
                        assertThat(e).hasMessageContaining("is being loaded");
                    }
                });
    }

    private static void check(Asked asked) throws InterruptedException {
        var events = asked.answer().await();
        assertThat(events.stream().filter(GenerationEvent::isLast)).hasSize(1);
        var expected = requireNonNull(EXPECTED.get(asked.folder()));
        if (events.getLast() instanceof Finished last && last.reason() == FinishReason.CANCELLED) {
            int tokens = events.size() - 1;
            assertThat(events.subList(0, tokens)).isEqualTo(expected.subList(0, tokens));
        } else {
            assertThat(events).isEqualTo(expected);
        }
    }
}
