package org.dlora.app;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.dlora.device.FaultyDevice;

/** Faults of replicas' steps on a device. Each of them ends by itself, or by {@link #openAll}. */
final class ReplicaFaults {
    /** Failures in a row that end a replica. */
    private static final int FAILURES = 8;

    private final FaultyDevice device;
    private final List<Gate> gates = new ArrayList<>();

    /**
     * A gate before which a thread hangs.
     *
     * @param isNoticed whether its replica has been fenced
     */
    private record Gate(CountDownLatch latch, BooleanSupplier isNoticed) {}

    ReplicaFaults(FaultyDevice device) {
        this.device = device;
    }

    /** Lets the replica's thread end: it fails in a step, and is interrupted. */
    void kill(String replica) {
        var lives = new AtomicBoolean(true);
        device.fault(
                replica,
                () -> {
                    if (lives.getAndSet(false)) {
                        Thread.currentThread().interrupt();
                        throw new PlannedException();
                    }
                });
    }

    /**
     * Lets steps of the replica fail, as many as end it if they come in a row.
     *
     * @return whether they have failed
     */
    BooleanSupplier failSteps(String replica) {
        var left = new AtomicInteger(FAILURES);
        device.fault(
                replica,
                () -> {
                    if (left.getAndDecrement() > 0) {
                        throw new PlannedException();
                    }
                });
        return () -> left.get() <= 0;
    }

    /**
     * Lets one step of the replica fail for want of memory.
     *
     * @return whether it has failed
     */
    BooleanSupplier lackMemory(String replica) {
        var lacks = new AtomicBoolean(true);
        device.fault(
                replica,
                () -> {
                    if (lacks.getAndSet(false)) {
                        throw new PlannedError();
                    }
                });
        return () -> !lacks.get();
    }

    /**
     * Lets one step of the replica hang until a gate is opened.
     *
     * @param isNoticed whether the replica has been fenced
     */
    void hang(String replica, BooleanSupplier isNoticed) {
        var gate = new Gate(new CountDownLatch(1), isNoticed);
        var hangs = new AtomicBoolean(true);
        gates.add(gate);
        device.fault(
                replica,
                () -> {
                    if (hangs.getAndSet(false)) {
                        pass(gate.latch);
                    }
                });
    }

    private static void pass(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lets threads go that the watchdog has noticed. */
    void openNoticed() {
        var noticed = gates.stream().filter(gate -> gate.isNoticed.getAsBoolean()).toList();
        noticed.forEach(gate -> gate.latch.countDown());
        gates.removeAll(noticed);
    }

    /** Lets all threads go. */
    void openAll() {
        gates.forEach(gate -> gate.latch.countDown());
        gates.clear();
    }

    /** Lets the steps of a replica be as they are. */
    void heal(String replica) {
        device.heal(replica);
    }

    /** Failure of a step without a stack in the log. */
    private static final class PlannedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        PlannedException() {
            super("as a test has it", null, false, false);
        }
    }

    /** Lack of memory without a stack in the log. */
    private static final class PlannedError extends OutOfMemoryError {
        private static final long serialVersionUID = 1;

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }
}
