package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;

/**
 * The books of adapters' memory under random loads, reloads, unloads and failing uploads. They
 * never exceed the limit, they agree with the device, and they end at zero.
 */
class RuntimeAdaptersMemoryTest {
    private static final List<String> FOLDERS = List.of("dora", "r4-qv", "r8-all");
    private static final List<String> NAMES = List.of("a", "b", "c", "d");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Room for about two of the folders' adapters. */
    private static final MemoryLedger LEDGER = new MemoryLedger(250 << 10);

    private static final TinyServer SERVER = new TinyServer(LEDGER, List.of(TinyServer.ADAPTERS));

    @AfterContainer
    static void close() {
        SERVER.close();
    }

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void booksAgreeWithTheDeviceAndBalanceToZero(@ForAll long seed) {
        var random = new Random(seed);
        long bytes = SERVER.device.bytes();
        var served = new HashSet<String>();
        for (int i = 0; i < 40; i++) {
            var name = NAMES.get(random.nextInt(NAMES.size()));
            switch (random.nextInt(4)) {
                case 0 -> {
                    if (served.remove(name)) {
                        SERVER.adapters.unload(name).join();
                    }
                }
                case 1 -> {
                    SERVER.device.room(random.nextInt(30));
                    load(name, random, served);
                    SERVER.device.room(Integer.MAX_VALUE);
                }
                default -> load(name, random, served);
            }
            assertThat(LEDGER.taken()).isLessThanOrEqualTo(LEDGER.limit());
        }
        // Versions that were replaced go a moment after their last reader.
        await().atMost(PATIENCE).until(() -> LEDGER.taken(MemoryUse.ADAPTERS) == servedBytes());
        assertThat(SERVER.device.bytes() - bytes).isEqualTo(servedBytes());
        served.forEach(name -> SERVER.adapters.unload(name).join());
        assertThat(LEDGER.taken()).isZero();
        assertThat(SERVER.device.bytes()).isEqualTo(bytes);
    }

    private static long servedBytes() {
        return SERVER.catalogue.adapters().stream()
                .mapToLong(adapter -> SERVER.memory.weights(adapter).orElseThrow().bytes())
                .sum();
    }

    private static void load(String name, Random random, Set<String> served) {
        try {
            SERVER.adapters.load(name, FOLDERS.get(random.nextInt(FOLDERS.size())), true);
            served.add(name);
        } catch (IllegalStateException e) {
            assertThat(e).hasMessageContaining("not enough memory for adapter");
        }
    }
}
