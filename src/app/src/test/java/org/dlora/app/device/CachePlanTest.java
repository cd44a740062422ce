package org.dlora.app.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.dlora.app.device.CachePlan.Room;
import org.dlora.app.settings.DloraProperties;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.opening.StartException;
import org.dlora.model.BaseModel;
import org.dlora.model.DecoderSpec;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

/**
 * Plans for the demo model. It has 4 layers and 2 KV heads of 32: a token takes 2 KB in float32, a
 * block of 16 tokens 32 KB. Its context is 1024.
 */
class CachePlanTest {
    private static final long GB = 1L << 30;
    private static final DataSize AUTO = DataSize.ofBytes(0);
    private static final DecoderSpec DEMO = demo();

    @Test
    void automaticCacheHoldsAFullBatchOfFullSequences() {
        assertThat(plan(AUTO, 0, 64, 16 * GB))
                .isEqualTo(
                        new CachePlan(
                                64 * 64,
                                64 * 64,
                                DType.F32,
                                1024,
                                128 << 20,
                                16 * GB - (128 << 20)));
    }

    @Test
    void automaticCacheTakesAtMostAGigabyteAndAQuarterOfTheMemory() {
        assertThat(plan(AUTO, 0, 4096, 16 * GB).bytes()).isEqualTo(GB);
        assertThat(plan(AUTO, 0, 4096, 2 * GB).bytes()).isEqualTo(GB / 2);
    }

    @Test
    void automaticCacheLeavesRoomForWeightsAndHeap() {
        assertThat(plan(AUTO, new Room(2 * GB, 2 * GB - (64 << 10), 0)))
                .isEqualTo(new CachePlan(2, 2, DType.F32, 32, 64 << 10, 0));
        assertThat(plan(DataSize.ofMegabytes(1), new Room(GB, GB, 0)).bytes()).isEqualTo(1 << 20);
        assertThatThrownBy(() -> plan(AUTO, new Room(GB, 2 * GB, 0)))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("A replica has 1024MB of memory, of which weights,")
                .hasMessageContaining("may take 2048MB");
    }

    @Test
    void automaticCacheLeavesRoomForTheBuffersOfEachReplica() {
        var settings =
                new Binder(
                                new MapConfigurationPropertySource(
                                        Map.of(
                                                "dlora.max-batch", "64",
                                                "dlora.max-batch-tokens", "512",
                                                "dlora.replicas[0].device", "cpu",
                                                "dlora.replicas[1].device", "cpu")))
                        .bindOrCreate("dlora", DloraProperties.class);
        long buffers = ReplicaSettings.bufferBytes(DEMO, new StepLimits(64, 512, 16));
        assertThat(buffers).isGreaterThan((64 + 32) * 4L * DEMO.vocabSize());
        long weights = 2 * (GB / 2 - buffers - (64 << 10));
        var room = new Room(GB, weights + 2 * buffers, 0);
        assertThat(CachePlan.of(DEMO, settings, DType.F32, room, 2).bytes()).isEqualTo(64 << 10);
    }

    @Test
    void automaticCacheLeavesHalfForMergedWeightsAtMost() {
        var little = plan(AUTO, new Room(GB, GB - (64 << 20), 40 << 20));
        assertThat(little.bytes()).isEqualTo(32 << 20);
        assertThat(little.mergeBytes()).isEqualTo(32 << 20);
        var enough = plan(AUTO, new Room(GB, GB - (64 << 20), 24 << 20));
        assertThat(enough.bytes()).isEqualTo(40 << 20);
        assertThat(enough.mergeBytes()).isEqualTo(24 << 20);
        var asked = plan(DataSize.ofMegabytes(64), new Room(GB, GB - (60 << 20), 24 << 20));
        assertThat(asked.mergeBytes()).isZero();
    }

    @Test
    void roomForMergedWeightsIsLeftForPoliciesThatMerge() {
        var room = new Room(GB, GB - (64 << 20), 24 << 20);
        assertThat(CachePlan.of(DEMO, policy("unmerged"), DType.F32, room, 1).bytes())
                .isEqualTo(64 << 20);
        assertThat(CachePlan.of(DEMO, policy("dlora"), DType.F32, room, 1).bytes())
                .isEqualTo(40 << 20);
    }

    private static DloraProperties policy(String policy) {
        var settings =
                Map.of(
                        "dlora.policy",
                        policy,
                        "dlora.max-batch",
                        "64",
                        "dlora.max-batch-tokens",
                        "512");
        return new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("dlora", DloraProperties.class);
    }

    @Test
    void givenSizeIsRoundedDownToWholeBlocks() {
        assertThat(plan(DataSize.ofKilobytes(100), 0, 64, GB))
                .isEqualTo(new CachePlan(3, 3, DType.F32, 48, 96 << 10, GB - (96 << 10)));
    }

    @Test
    void cacheOfGivenSizeGrowsIntoTheMemoryUpToAFullBatchOfFullSequences() {
        var asked = plan(DataSize.ofMegabytes(4), 0, 64, GB);
        assertThat(asked.most()).isEqualTo(asked.blocks()).isEqualTo(128);
        var grown = asked.growing(64 << 20, 64);
        assertThat(grown.most()).isEqualTo(2048);
        assertThat(grown.growth()).isEqualTo(", which grows up to 32768 where memory is free");
        assertThat(asked.growing(GB, 64).most()).isEqualTo(64 * 64);
        assertThat(asked.growing(1 << 20, 64)).isEqualTo(asked);
        assertThat(asked.growth()).isEmpty();
    }

    @Test
    void growthKeepsTheSizeTheLeastAndTheLengthOfSequences() {
        var size = DataSize.ofKilobytes(96);
        var asked = plan(size, 0, 64, GB);
        var grown = asked.growing(GB, 64);
        assertThat(grown.most()).isEqualTo(64 * 3);
        assertThat(grown.bytes()).isEqualTo(asked.bytes());
        assertThat(grown.maxModelLength()).isEqualTo(48);
        assertThat(grown.least(size)).isEqualTo(3);
    }

    @Test
    void bfloat16HoldsTwiceTheTokens() {
        assertThat(
                        CachePlan.of(
                                        DEMO,
                                        DType.BF16,
                                        DataSize.ofKilobytes(64),
                                        0,
                                        64,
                                        new Room(GB, 0, 0))
                                .blocks())
                .isEqualTo(4);
    }

    @Test
    void lengthThatDoesNotFitIsRefusedWithItsNeed() {
        assertThatThrownBy(() -> plan(DataSize.ofKilobytes(64), 1000, 64, GB))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("A KV cache of 64KB holds 32 tokens")
                .hasMessageContaining("dlora.max-model-len=1000 needs at least 2016KB");
        assertThatThrownBy(() -> plan(AUTO, 1, 64, GB))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("dlora.max-model-len is 1");
        assertThatThrownBy(() -> plan(AUTO, 1025, 64, GB))
                .hasMessageContaining("max_position_embeddings is 1024");
        assertThatThrownBy(() -> plan(DataSize.ofKilobytes(1), 0, 64, GB))
                .hasMessageContaining("A KV cache of 1KB holds 0 tokens")
                .hasMessageContaining("one block needs at least 32KB");
        assertThatThrownBy(() -> plan(DataSize.ofGigabytes(3), 0, 64, 2 * GB))
                .hasMessageContaining(
                        "dlora.kv-cache.size is 3072MB, but a replica's share of the memory is 2048MB");
    }

    private static CachePlan plan(DataSize size, int length, int batch, long memory) {
        return CachePlan.of(DEMO, DType.F32, size, length, batch, new Room(memory, 0, 0));
    }

    private static CachePlan plan(DataSize size, Room room) {
        return CachePlan.of(DEMO, DType.F32, size, 0, 4096, room);
    }

    private static DecoderSpec demo() {
        try (var model = BaseModel.open(TestFiles.demo("model"))) {
            return model.spec();
        }
    }
}
