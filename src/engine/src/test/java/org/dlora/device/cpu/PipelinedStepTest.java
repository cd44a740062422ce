package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraBatch;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.attention.AttentionOperations;
import org.dlora.device.cpu.memory.LoadAhead;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.threads.WorkerTeam;
import org.dlora.device.cpu.threads.Workers;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

/** A step's operations may be under way when they return; what needs their results waits. */
class PipelinedStepTest {
    private static final int ROWS = 64;
    private static final int WIDTH = 256;

    /** Repetitions that make a missing wait show. */
    private static final int TIMES = 300;

    private final CpuDevice device = new CpuDevice();

    private static Step begin(Session session, int... logitRows) {
        int[] all = IntStream.range(0, ROWS).toArray();
        var chunk = new RaggedBatch.Chunk(0, ROWS, 0, new int[KvLayout.blocksFor(ROWS)]);
        var batch = new RaggedBatch(all, all, List.of(chunk));
        var epoch = new StepEpoch(batch, 0);
        return session.operations.begin(batch, logitRows, LoraBatch.NONE, epoch);
    }

    private static WeightMatrix matrix(Session session, int seed, int rows) {
        return session.matrix(DType.F32, new Numbers(seed).tensor(DType.F32, rows, WIDTH));
    }

    @Test
    void rowsThatAreReadOrGatheredWithinAStepAreDone() {
        int last = ROWS - 1;
        try (var session = new Session(device, 2)) {
            var weight = matrix(session, 1, WIDTH);
            var x = session.upload(new Numbers(2).rows(ROWS, WIDTH), WIDTH);
            var y = session.buffer(ROWS, WIDTH);
            session.operations.linear(weight, Optional.empty(), x, ROWS, y);
            float[] expected = session.download(y)[last];
            var zeros = matrix(session, 3, 1);
            var row = new float[WIDTH];
            var gathered = session.buffer(1, WIDTH);
            for (int i = 0; i < TIMES; i++) {
                session.embed(zeros, new int[ROWS], y);
                try (var step = begin(session, last)) {
                    session.operations.linear(weight, Optional.empty(), x, ROWS, y);
                    step.gather(y, gathered);
                    assertThat(session.download(gathered)[0]).isEqualTo(expected);
                }
                session.embed(zeros, new int[ROWS], y);
                try (var _ = begin(session)) {
                    session.operations.linear(weight, Optional.empty(), x, ROWS, y);
                    session.operations.read(y, last, row);
                    assertThat(row).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void endOfAStepRethrowsTheErrorOfAnOperation() {
        try (var session = new Session(device, 2)) {
            var weight = matrix(session, 1, WIDTH);
            var x = session.upload(new Numbers(2).rows(ROWS, WIDTH), WIDTH);
            var closed = session.buffer(ROWS, WIDTH);
            var y = session.buffer(ROWS, WIDTH);
            closed.close();
            var step = begin(session);
            session.operations.linear(weight, Optional.empty(), x, ROWS, closed);
            assertThatThrownBy(step::close).isInstanceOf(IllegalStateException.class);
            try (var _ = begin(session)) {
                session.operations.linear(weight, Optional.empty(), x, ROWS, y);
            }
            assertThat(session.download(y)).hasNumberOfRows(ROWS);
        }
    }

    /** Until the attention of the last layer, and the next step. */
    @Test
    void keysOfTheNextLayerAreWantedBehindTheAttentionOfOne() {
        var choice = KernelChoice.of(KernelFamily.JAVA);
        var shape = new AttentionShape(2, 1, 8, 1, 0);
        var chunk = new RaggedBatch.Chunk(0, 1, 40, new int[] {0, 1, 2});
        var batch = new RaggedBatch(new int[1], new int[] {40}, List.of(chunk));
        try (var session = new Session(device, 1);
                var workers = new Workers(new WorkerTeam("test", 2));
                var ahead = new LoadAhead(2);
                var operations =
                        new AttentionOperations(
                                choice.rows(), choice.attention(), workers, ahead)) {
            var cache = session.kvCache(new KvLayout(2, 1, 8, 3, DType.F32));
            var qkv = session.upload(new Numbers(1).rows(1, shape.qkvWidth()), shape.qkvWidth());
            var out = session.buffer(1, shape.outWidth());
            operations.begin(batch);
            operations.writeKv(qkv, shape, cache, 0);
            assertThat(ahead.of(0)).isNull();
            operations.attention(qkv, shape, cache, 0, out);
            assertThat(ahead.of(0)).isNotNull();
            assertThat(ahead.of(1)).isNotNull();
            operations.writeKv(qkv, shape, cache, 1);
            operations.attention(qkv, shape, cache, 1, out);
            assertThat(ahead.of(0)).isNull();
            operations.attention(qkv, shape, cache, 0, out);
            operations.begin(batch);
            assertThat(ahead.of(0)).isNull();
        }
    }
}
