package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The KV cache of a real replica becomes smaller and larger while it serves. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReplicaKvTest {
    private static final int BLOCKS = 400;

    private final GoldenModel model = new GoldenModel("llama-gqa");

    private Replica open(int blocks) {
        var settings =
                new ReplicaSettings("kv", new StepLimits(8, 96, 16), blocks, DType.F32, 256, true);
        var replica = model.replica(settings, new SimpleMeterRegistry());
        replica.start();
        return replica;
    }

    @Test
    void sequencesAreNoLongerThanTheCacheOfTheStart() {
        var limits = new StepLimits(8, 96, 16);
        var settings =
                new ReplicaSettings(
                        "kv", limits, BLOCKS, 5, DType.F32, 256, true, Long.MAX_VALUE, 1);
        assertThat(settings.maxSequenceLength()).isEqualTo(80);
        assertThat(settings.withheldBlocks()).hasSize(BLOCKS - 5).first().isEqualTo(5);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new ReplicaSettings(
                                "kv", limits, 4, 5, DType.F32, 256, true, Long.MAX_VALUE, 1))
                .withMessage(
                        "Replica kv has 4 KV blocks, so from 1 to that many are usable, not 5");
        model.close();
    }

    @Test
    void cacheThatBeginsSmallGrowsWhileItServes() {
        var settings =
                new ReplicaSettings(
                        "kv",
                        new StepLimits(8, 96, 16),
                        BLOCKS,
                        40,
                        DType.F32,
                        256,
                        true,
                        Long.MAX_VALUE,
                        1);
        try (model) {
            assumeThat(model.isKvElastic()).isTrue();
            long before = model.deviceBytes();
            try (var replica = model.replica(settings, new SimpleMeterRegistry())) {
                var small = replica.kv().status();
                assertThat(small.counts().total()).isEqualTo(40);
                assertThat(small.counts().most()).isEqualTo(BLOCKS);
                assertThat(model.deviceBytes() - before).isEqualTo(small.bytes());
                assertThat(small.bytes()).isLessThan(BLOCKS * small.blockBytes() / 5);
                replica.start();
                replica.warmUp(() -> {});
                assertThat(replica.load().totalBlocks()).isEqualTo(40);
                replica.kv().resize(BLOCKS, () -> {}).join();
                assertThat(replica.load().totalBlocks()).isEqualTo(BLOCKS);
                assertThat(replica.kv().status().bytes()).isEqualTo(BLOCKS * small.blockBytes());
            }
            assertThat(model.deviceBytes()).isEqualTo(before);
        }
    }

    @Test
    void bytesComeBackWhileItRestsAndAreTakenAgain() {
        try (model;
                var replica = open(BLOCKS)) {
            assumeThat(replica.kv().isElastic()).isTrue();
            long device = model.deviceBytes();
            var whole = replica.kv().status();
            assertThat(whole.bytes()).isEqualTo(BLOCKS * whole.blockBytes());
            var progress = new AtomicInteger();
            replica.kv().resize(20, progress::incrementAndGet).join();
            var small = replica.kv().status();
            assertThat(progress).hasPositiveValue();
            assertThat(small.counts().total()).isEqualTo(20);
            assertThat(small.counts().most()).isEqualTo(BLOCKS);
            assertThat(replica.load().totalBlocks()).isEqualTo(20);
            assertThat(small.bytes()).isLessThan(whole.bytes() / 10);
            assertThat(device - model.deviceBytes()).isEqualTo(whole.bytes() - small.bytes());
            replica.warmUp(() -> {});
            assertThat(replica.kv().status().bytes()).isEqualTo(small.bytes());
            replica.kv().resize(BLOCKS, progress::incrementAndGet).join();
            assertThat(model.deviceBytes()).isEqualTo(device);
            assertThat(replica.kv().status().prefillSeconds()).isPositive();
        }
    }

    @Test
    void answersAreThoseOfACacheOfOneSize() throws InterruptedException {
        try (model) {
            var fixed = answers(BLOCKS, false);
            assertThat(answers(48, true)).isEqualTo(fixed);
        }
    }

    private List<List<String>> answers(int blocks, boolean resizes) throws InterruptedException {
        try (var replica = open(blocks)) {
            var recordings = new ArrayList<Recording>();
            for (int i = 0; i < 24; i++) {
                var recording = new Recording();
                recordings.add(recording);
                replica.submit(Requests.greedy("r" + i % 12, 40 + i, 30), recording);
                if (i == 11) {
                    for (var one : recordings) {
                        one.await();
                    }
                }
                if (resizes) {
                    replica.kv().resize(i % 2 == 0 ? 16 : blocks, () -> {}).join();
                }
            }
            var texts = new ArrayList<List<String>>();
            for (var recording : recordings) {
                texts.add(texts(recording.await()));
            }
            return texts;
        }
    }

    private static List<String> texts(List<GenerationEvent> events) {
        return events.stream()
                .filter(GenerationEvent.Token.class::isInstance)
                .map(event -> ((GenerationEvent.Token) event).text())
                .toList();
    }

    @Test
    void aClosedReplicaLeavesNoChangeBehind() {
        try (model) {
            var replica = open(BLOCKS);
            replica.close();
            replica.kv().resize(20, () -> {}).join();
        }
        assertThat(model.deviceBytes()).isZero();
    }
}
