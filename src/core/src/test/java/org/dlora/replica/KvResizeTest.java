package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.dlora.replica.ReplicaCommand.ContinueResize;
import org.dlora.replica.ReplicaCommand.ResizeKvCache;
import org.dlora.replica.ReplicaEvent.KvCacheResized;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.Test;

/** A KV cache whose usable blocks become fewer and more while sequences run. */
class KvResizeTest {
    /** The longest sequence has 5 blocks. */
    private static final int BLOCKS = 20;

    private final HashModel model = new HashModel(BLOCKS);
    private final SimulatedReplica replica = replica(PolicyKind.UNMERGED, BLOCKS, model);

    private static SimulatedReplica replica(PolicyKind policy, int blocks, HashModel model) {
        return new SimulatedReplica(
                RandomRequests.shape(new StepLimits(8, 64, 16), blocks),
                new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE),
                RandomRequests.ADAPTERS,
                new QuickMerges(),
                model);
    }

    private List<KvCacheResized> reports() {
        return replica.events().stream()
                .filter(KvCacheResized.class::isInstance)
                .map(KvCacheResized.class::cast)
                .toList();
    }

    private void resize(int revision, int blocks, int slice) {
        replica.apply(new ResizeKvCache(revision, blocks, slice));
    }

    private void proceed(int times) {
        for (int i = 0; i < times; i++) {
            replica.apply(new ContinueResize());
        }
    }

    @Test
    void blocksAreWithheldAndRestoredInSlices() {
        resize(1, 12, 3);
        assertThat(replica.state().isResizing()).isTrue();
        assertThat(replica.state().kvCounts().total()).isEqualTo(BLOCKS);
        proceed(5);
        assertThat(replica.state().isResizing()).isFalse();
        resize(2, 16, 3);
        proceed(2);
        assertThat(reports())
                .containsExactly(
                        new KvCacheResized(1, 17, false),
                        new KvCacheResized(1, 14, false),
                        new KvCacheResized(1, 12, true),
                        new KvCacheResized(2, 15, false),
                        new KvCacheResized(2, 16, true));
        assertThat(model.withheld()).hasSize(4).containsAll(replica.state().withheld());
        assertThat(replica.state().load().totalBlocks()).isEqualTo(16);
    }

    @Test
    void theBlocksOfTheLongestSequenceStayAndThereAreNoMoreThanAll() {
        resize(1, 0, 100);
        proceed(1);
        resize(2, 100, 100);
        proceed(1);
        assertThat(reports())
                .containsExactly(new KvCacheResized(1, 5, true), new KvCacheResized(2, 20, true));
    }

    @Test
    void aSizeThatIsThereAlreadyIsReported() {
        resize(7, BLOCKS, 1);
        proceed(1);
        assertThat(reports()).containsExactly(new KvCacheResized(7, BLOCKS, true));
    }

    @Test
    void heldBlocksAreWaitedForAndNobodyIsPreempted() {
        for (int i = 0; i < 4; i++) {
            replica.submit(RandomRequests.greedy("r" + i, AdapterRef.base(), 60 - i, 15));
        }
        while (replica.state().kvCounts().running() < 4) {
            replica.step();
        }
        resize(1, 5, 100);
        while (!replica.state().isIdle()) {
            replica.apply(new ContinueResize());
            replica.step();
        }
        proceed(1);
        assertThat(reports().getLast()).isEqualTo(new KvCacheResized(1, 5, true));
        assertThat(replica.events()).noneMatch(ReplicaEvent.Preempted.class::isInstance);
    }

    @Test
    void aLaterChangeEndsTheOneBefore() {
        resize(1, 5, 1);
        proceed(2);
        resize(2, BLOCKS, 100);
        proceed(1);
        assertThat(reports())
                .containsExactly(
                        new KvCacheResized(1, 19, false),
                        new KvCacheResized(1, 18, false),
                        new KvCacheResized(1, 18, true),
                        new KvCacheResized(2, 20, true));
    }

    @Test
    void aReplicaThatBeginsAgainKeepsBlocksWithheldAndGoesOnWithTheChange() {
        resize(1, 10, 4);
        proceed(1);
        var fresh = replica.state().restarted();
        assertThat(fresh.withheld()).isEqualTo(replica.state().withheld()).hasSize(4);
        assertThat(fresh.apply(new ContinueResize(), 0)).contains(new KvCacheResized(1, 12, false));
        assertThat(fresh.verify()).isTrue();
    }

    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void everyRequestIsAnsweredAsAlone(@ForAll long seed, @ForAll PolicyKind policy) {
        var random = new Random(seed);
        int blocks = 5 + random.nextInt(10);
        var shared = replica(policy, blocks, new HashModel(blocks));
        int requests = 1 + random.nextInt(12);
        for (int i = 0; i < requests; i++) {
            shared.submit(exact(i));
        }
        for (int i = 0; !shared.state().isIdle(); i++) {
            if (random.nextInt(5) == 0) {
                int size = random.nextInt(blocks + 1);
                shared.apply(new ResizeKvCache(i, size, 1 + random.nextInt(4)));
            }
            shared.apply(new ContinueResize());
            shared.step();
        }
        for (int i = 0; i < requests; i++) {
            var alone = replica(PolicyKind.UNMERGED, 5, new HashModel(5));
            alone.submit(exact(i));
            alone.finish();
            assertThat(texts(shared, i)).isEqualTo(texts(alone, i));
        }
    }

    private static GenerationRequest exact(int i) {
        var names = List.copyOf(RandomRequests.ADAPTERS.keySet()).stream().sorted().toList();
        var adapter = AdapterRef.of(names.get(i % names.size()));
        return RandomRequests.exact(
                "r" + i, RandomRequests.greedy("r" + i, adapter, 1 + 17 * i % 50, 1 + 7 * i % 29));
    }

    private static List<String> texts(SimulatedReplica of, int request) {
        return of.told("r" + request).stream()
                .map(event ->
                        switch (event) {
                            case GenerationEvent.Token token -> token.text();
                            case GenerationEvent.Finished end -> end.reason() + end.text();
                            case GenerationEvent.Failed failed -> failed.message();
                            default -> "";
                        })
                .toList();
    }
}
