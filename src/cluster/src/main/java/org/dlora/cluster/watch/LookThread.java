package org.dlora.cluster.watch;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dlora.background.LastingWork;

/**
 * A thread that looks at something after each interval until it is closed. Nobody interrupts it,
 * because a write to the database's file must not be interrupted.
 */
public final class LookThread implements AutoCloseable {
    private final Duration first;
    private final Duration interval;
    private final Runnable look;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    /**
     * @param first time before the first look
     * @param interval between two looks
     * @param look is tried again with the next interval if it throws
     */
    public LookThread(String name, Duration first, Duration interval, Runnable look) {
        this.first = first;
        this.interval = interval;
        this.look = LastingWork.repeated(name, look);
        thread = LastingWork.thread(name, this::run);
    }

    public void start() {
        thread.start();
    }

    /** Returns whether {@link #close} was called: a long look ends early. */
    public boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void run() {
        try {
            var pause = first;
            while (!closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                look.run();
                pause = interval;
            }
        } catch (InterruptedException _) {
            // close() ends it.
        }
    }

    /** Ends it after the present look. */
    @Override
    public void close() {
        closing.countDown();
        awaitEnd(thread);
    }

    /** Waits until a thread has ended; an interrupt of the caller is kept until then. */
    public static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
