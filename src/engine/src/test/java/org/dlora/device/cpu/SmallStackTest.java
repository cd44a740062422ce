package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.RaggedBatch;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that callers of operations, and a team's threads, need no larger stack than Java code does.
 */
@ExtendWith(NeedsNativeKernels.class)
class SmallStackTest {
    private static final int ROWS = 40;

    @Test
    void kernelsRunOnThreadsWithASmallStack() throws Exception {
        var run = ForkedJvm.run(SmallStackTest.class, "-Xss256k");
        assertThat(run.exitCode()).as(run.output()).isZero();
    }

    public static void main(String[] args) {
        try (var session = new Session(new CpuDevice(CpuDevice.Native.AUTO), 2)) {
            multiply(session);
            adapt(session);
            attend(session);
        }
    }

    private static void multiply(Session session) {
        int n = 64;
        int k = 1024;
        session.operations.linear(
                session.matrix(DType.BF16, new Numbers(1).tensor(DType.BF16, n, k)),
                Optional.empty(),
                session.upload(new Numbers(2).rows(ROWS, k), k),
                ROWS,
                session.buffer(ROWS, n));
    }

    private static void adapt(Session session) {
        int n = 64;
        int k = 1024;
        var a = session.matrix(DType.BF16, new Numbers(1).tensor(DType.BF16, 16, k));
        var b = session.matrix(DType.BF16, new Numbers(2).tensor(DType.BF16, n, 16));
        session.lora(
                List.of(new LoraGroup(0, ROWS, List.of(new LoraTerm.LowRank(a, b, 0, 1)))),
                session.upload(new Numbers(3).rows(ROWS, k), k),
                session.buffer(ROWS, n));
    }

    private static void attend(Session session) {
        var shape = new AttentionShape(4, 2, 64, 0.125f, 0);
        int blocks = KvLayout.blocksFor(ROWS);
        var cache = session.kvCache(new KvLayout(1, 2, 64, blocks, DType.BF16));
        int[] table = IntStream.range(0, blocks).toArray();
        var batch =
                new RaggedBatch(
                        new int[ROWS],
                        IntStream.range(0, ROWS).toArray(),
                        List.of(new RaggedBatch.Chunk(0, ROWS, 0, table)));
        var qkv = session.upload(new Numbers(3).rows(ROWS, shape.qkvWidth()), shape.qkvWidth());
        session.writeKv(qkv, batch, shape, cache, 0);
        session.attention(qkv, batch, shape, cache, 0, session.buffer(ROWS, shape.outWidth()));
    }
}
