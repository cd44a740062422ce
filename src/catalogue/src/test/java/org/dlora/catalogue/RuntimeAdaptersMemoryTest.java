package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.replica.request.GenerationEvent;

/**
 * The books of adapters' memory under random loads, reloads, unloads and failing uploads. They
 * never exceed the limit, they agree with the device, and they end at zero.
 */
class RuntimeAdaptersMemoryTest {
    private static final List<String> FOLDERS = List.of("dora", "r4-qv", "r8-all");
    private static final List<String> NAMES = List.of("a", "b", "c", "d");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Room for two of the largest of the folders' adapters. */
    private static final MemoryLedger LEDGER = new MemoryLedger(TinyServer.bytes("r8-all") * 5 / 2);

    private static final TinyServer SERVER = new TinyServer(LEDGER, List.of(TinyServer.ADAPTERS));

    @AfterContainer
    static void close() {
        SERVER.close();
    }

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void booksAgreeWithTheDeviceAndBalanceToZero(@ForAll long seed) throws InterruptedException {
        var random = new Random(seed);
        long bytes = SERVER.device.bytes();
        var served = new HashSet<String>();
        var asked = new ArrayList<Answer>();
        for (int i = 0; i < 40; i++) {
            var name = NAMES.get(random.nextInt(NAMES.size()));
            switch (random.nextInt(6)) {
                case 0 -> {
                    if (served.remove(name)) {
                        var _ = SERVER.unregister(name);
                    }
                }
                case 1 -> SERVER.device.room(random.nextInt(30));
                case 2 -> {
                    SERVER.register(name, FOLDERS.get(random.nextInt(FOLDERS.size())), true);
                    served.add(name);
                }
                default -> {
                    if (served.contains(name)) {
                        asked.add(SERVER.ask("r" + i, name, 1, 1 + random.nextInt(20)));
                    }
                }
            }
            assertThat(LEDGER.taken()).isLessThanOrEqualTo(LEDGER.limit());
            assertThat(SERVER.device.bytes() - bytes).isLessThanOrEqualTo(LEDGER.limit());
        }
        SERVER.device.room(Integer.MAX_VALUE);
        for (var answer : asked) {
            assertThat(answer.await().stream().filter(GenerationEvent::isLast)).hasSize(1);
        }
        // Versions that were replaced go a moment after their last reader.
        await().atMost(PATIENCE)
                .until(() -> LEDGER.taken(MemoryUse.ADAPTERS) == SERVER.memory.bytes());
        served.forEach(name -> SERVER.unregister(name).join());
        await().atMost(PATIENCE).until(() -> LEDGER.taken() == 0);
        assertThat(SERVER.memory.report()).isEmpty();
        assertThat(SERVER.device.bytes()).isEqualTo(bytes);
    }
}
