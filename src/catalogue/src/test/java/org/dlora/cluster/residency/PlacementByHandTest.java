package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ClusterResidency;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.ClusterMigrations;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.ScriptedMemory.Answered;
import org.dlora.device.MemoryLedger;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.placement.PlacementPlan.Copy;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencySettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Issue 15: placement brought back at once what an administrator had evicted or moved away. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PlacementByHandTest {
    private static final long ROOM = 4 * ScriptedMemory.bytes(ScriptedMemory.SMALL);

    private final ScriptedMemory first = memory("0");
    private final ScriptedMemory second = memory("1");
    private final Catalogue catalogue = catalogue();
    private final Cluster cluster = cluster();

    private static ScriptedMemory memory(String name) {
        var settings = ResidencySettings.DEFAULT;
        var server = new ScriptedMemory(name, new MemoryLedger(ROOM), settings, List.of(name));
        server.policy(new CostAwareResidency());
        return server;
    }

    private Catalogue catalogue() {
        second.register("a", ScriptedMemory.SMALL);
        var served =
                new ServedAdapter("a", first.register("a", ScriptedMemory.SMALL), Instant.EPOCH);
        return new Catalogue("base", List.of(served));
    }

    private Cluster cluster() {
        return new Cluster(
                List.of(first.replica(), second.replica()),
                List.of(first.memory, second.memory),
                12,
                catalogue,
                SchedulingSettings.DEFAULT);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
    }

    private void placeInBoth() {
        for (int i = 0; i < 100; i++) {
            cluster.placer().arrived(AdapterRef.of("a"));
        }
        first.memory.makeResident("a").join();
        cluster.placer().place();
        await().until(() -> second.memory.isResident("a"));
    }

    private void restIsOver() {
        first.pass(60);
        second.pass(60);
    }

    @Test
    void movedAdapterStaysAwayUntilItsRestIsOver() {
        placeInBoth();
        new ClusterMigrations(cluster).moveAdapter("a", "1", "0").join();
        cluster.placer().place();
        assertThat(first.residence("a")).isEqualTo(Residence.ABSENT);
        assertThat(cluster.placer().lastPlan().copy()).extracting(Copy::memory).containsOnly("1");
        restIsOver();
        cluster.placer().place();
        await().until(() -> first.memory.isResident("a"));
    }

    @Test
    void evictedAdapterStaysAwayAndRequestsLoadIt() {
        placeInBoth();
        var residency =
                new ClusterResidency(
                        catalogue,
                        List.of(first.memory, second.memory),
                        Map.of("host", new MemoryLedger(ROOM)),
                        List::of,
                        (_, _, effect) -> effect.run());
        residency.evict("a").join();
        cluster.placer().place();
        assertThat(first.residence("a")).isEqualTo(Residence.ABSENT);
        assertThat(second.residence("a")).isEqualTo(Residence.ABSENT);
        cluster.submit(ScriptedMemory.request("r", "a", 1), new Answered());
        await().until(() -> first.memory.isResident("a") || second.memory.isResident("a"));
    }

    @Test
    void copyThatWasPlannedBeforeAnEvictionIsNotLoadedAfterIt() {
        first.memory.makeResident("a").join();
        first.memory.evictByHand("a").join();
        first.memory.prefetch(List.of("a"));
        assertThat(first.residence("a")).isEqualTo(Residence.ABSENT);
        assertThat(first.status("a").isResting()).isTrue();
        first.memory.loadByHand("a").join();
        assertThat(first.status("a").isResting()).as("it is wanted by hand").isFalse();
    }
}
