package org.dlora.background;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limit of the failures of one background work. Each is logged once a minute. Failures of the
 * virtual machine, as want of memory, in {@value #MOST} different seconds of a minute end the
 * process: the work of others fails as well then, and no restart of a part helps.
 *
 * <p>Source: the restart intensity of supervisors in Erlang/OTP (Armstrong, "Making reliable
 * distributed systems in the presence of software errors", 2003).
 */
final class FailureLimit {
    static final int MOST = 10;

    private static final Logger log = LoggerFactory.getLogger(LastingWork.class);
    private static final long SECOND = 1_000_000_000;
    private static final long MINUTE = 60 * SECOND;

    private final String name;
    private final String last;
    private final LongSupplier clock;
    private final Consumer<String> end;
    private final long[] seconds = new long[MOST];
    private int count;
    private long loggedAt;
    private @Nullable Class<?> logged;

    /**
     * @param clock nanoseconds
     * @param end ends the process with a line that says why
     */
    FailureLimit(String name, LongSupplier clock, Consumer<String> end) {
        this.name = name;
        last = "The server ends: " + name + " fails again and again, see its log";
        this.clock = clock;
        this.end = end;
    }

    static FailureLimit of(String name) {
        return new FailureLimit(name, System::nanoTime, ProcessEnd::now);
    }

    /** Notes a failure. Throws nothing, even without memory for a line of the log. */
    synchronized void failed(Throwable failure) {
        long now = clock.getAsLong();
        tell(failure, now);
        if (failure instanceof VirtualMachineError && isTooOften(now)) {
            end.accept(last);
        }
    }

    private void tell(Throwable failure, long now) {
        if (failure.getClass() == logged && now - loggedAt < MINUTE) {
            return;
        }
        logged = failure.getClass();
        loggedAt = now;
        try {
            log.error("Thread {} has failed and begins anew", name, failure);
        } catch (RuntimeException | Error _) {
            // It goes on without a word.
        }
    }

    private boolean isTooOften(long now) {
        if (count > 0 && now - seconds[(count - 1) % MOST] < SECOND) {
            return false;
        }
        seconds[count % MOST] = now;
        count++;
        long oldest = seconds[count % MOST];
        return count >= MOST && now - oldest < MINUTE;
    }
}
