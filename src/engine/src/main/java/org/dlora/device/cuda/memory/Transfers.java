package org.dlora.device.cuda.memory;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.Event;
import org.dlora.device.cuda.driver.PinnedBuffer;
import org.dlora.device.cuda.driver.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Copies between the host and a GPU on a stream of their own, so that they go beside steps. They
 * pass through two pinned buffers in turns: one is filled while the GPU takes the other. Copies
 * from another GPU do not pass through the host. A copy is done when the call returns. Thread-safe,
 * one copy at a time.
 */
public final class Transfers implements AutoCloseable {
    private static final int PIECE_BYTES = 4 << 20;

    private final Stream stream;
    private final PinnedBuffer[] pieces;
    private final Event[] taken;

    public Transfers(Context context) {
        stream = context.stream();
        pieces =
                new PinnedBuffer[] {
                    PinnedBuffer.allocate(context, PIECE_BYTES),
                    PinnedBuffer.allocate(context, PIECE_BYTES)
                };
        taken = new Event[] {new Event(context), new Event(context)};
    }

    /** Source of the bytes of an upload. */
    @FunctionalInterface
    interface Source {
        /**
         * Writes the bytes from {@code at} on.
         *
         * @param to whole, with anything in it
         */
        void write(long at, MemorySegment to);
    }

    /**
     * Copies to the GPU.
     *
     * @param unit bytes that are asked for together
     */
    synchronized void upload(long to, long bytes, long unit, Source source) {
        stream.context().enter();
        long length = Math.max(1, PIECE_BYTES / unit) * unit;
        try (var larger = larger(length)) {
            int turn = 0;
            for (long at = 0; at < bytes; at += length) {
                taken[turn].await();
                var memory = larger == null ? pieces[turn].segment() : larger.segment();
                var piece = memory.asSlice(0, Math.min(length, bytes - at));
                source.write(at, piece);
                stream.upload(piece, to + at);
                stream.record(taken[turn]);
                turn = larger == null ? 1 - turn : turn;
            }
            stream.await();
        }
    }

    /** Returns a buffer for units that are larger than a piece. */
    private @Nullable PinnedBuffer larger(long length) {
        return length <= PIECE_BYTES ? null : PinnedBuffer.allocate(stream.context(), length);
    }

    /** Copies {@code from}, of the heap or not. */
    void upload(MemorySegment from, long to) {
        upload(
                to,
                from.byteSize(),
                1,
                (at, piece) -> MemorySegment.copy(from, at, piece, 0, piece.byteSize()));
    }

    /** Copies to the host, on the heap or not. */
    synchronized void download(long from, MemorySegment to) {
        stream.context().enter();
        for (long at = 0; at < to.byteSize(); at += PIECE_BYTES) {
            var piece = pieces[0].segment().asSlice(0, Math.min(PIECE_BYTES, to.byteSize() - at));
            stream.download(from + at, piece);
            stream.await();
            MemorySegment.copy(piece, 0, to, at, piece.byteSize());
        }
    }

    /** Copies to pinned memory of the host, with no other memory in between. */
    synchronized void download(long from, PinnedBuffer to) {
        stream.context().enter();
        stream.download(from, to.segment());
        stream.await();
    }

    /**
     * Copies to the GPU from the memory of GPU {@code owner}, which may be the same.
     *
     * @param from memory that no work changes meanwhile
     */
    synchronized void copy(Context owner, long from, long to, long bytes) {
        stream.context().enter();
        if (owner.number() == stream.context().number()) {
            stream.copy(from, to, bytes);
        } else {
            stream.copyFrom(owner, from, to, bytes);
        }
        stream.await();
    }

    @Override
    public void close() {
        stream.close();
        for (int i = 0; i < pieces.length; i++) {
            pieces[i].close();
            taken[i].close();
        }
    }
}
