package org.dlora.catalogue.source.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.dlora.background.LastingWork;

/**
 * Watch over bodies of answers: one from which no byte comes for a time is closed, so that its
 * reader does not wait for ever. The JDK's client has a limit for the head of an answer only.
 */
final class IdleWatch implements AutoCloseable {
    private final Duration limit;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("idle-transfers").factory());

    IdleWatch(Duration limit) {
        this.limit = limit;
    }

    /** A body that is watched until it is closed. One thread reads it. */
    static final class Watched implements AutoCloseable {
        private final InputStream body;
        private Future<?> checks = CompletableFuture.completedFuture(null);
        private final AtomicLong reads = new AtomicLong();
        private long seen = -1;
        private volatile boolean idle;

        private Watched(InputStream body) {
            this.body = body;
        }

        /**
         * Reads bytes as {@link InputStream#read(byte[])} does.
         *
         * @throws IOException if the body was idle for too long, too
         */
        int read(byte[] into) throws IOException {
            int count = body.read(into);
            if (idle) {
                throw new IOException("no bytes came");
            }
            reads.incrementAndGet();
            return count;
        }

        private void check() {
            long now = reads.get();
            if (seen == now) {
                idle = true;
                closeBody();
            }
            seen = now;
        }

        private void closeBody() {
            try {
                body.close();
            } catch (IOException _) {
                // Nothing is read from it any more.
            }
        }

        @Override
        public void close() {
            checks.cancel(false);
            closeBody();
        }
    }

    /** Watches {@code body}. */
    Watched watch(InputStream body) {
        var watched = new Watched(body);
        long nanos = limit.toNanos();
        watched.checks =
                timer.scheduleAtFixedRate(
                        LastingWork.repeated("idle-transfers", watched::check),
                        nanos,
                        nanos,
                        TimeUnit.NANOSECONDS);
        return watched;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
