package org.dlora.engine.opening;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The opened resources, closed in reverse order. One thread opens. Another may ask it to {@link
 * #stop}, and closes after the first has returned.
 */
public final class Closing implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Closing.class);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private volatile boolean stopped;

    /**
     * Keeps {@code resource} for {@link #close} and returns it.
     *
     * @throws CancellationException after {@link #stop}; the resource is kept all the same
     */
    public <T extends AutoCloseable> T later(T resource) {
        open.push(resource);
        goOn();
        return resource;
    }

    /**
     * Checks whether opening may go on. The opening thread calls this between long steps.
     *
     * @throws CancellationException after {@link #stop}
     */
    public void goOn() {
        if (stopped) {
            throw new CancellationException("The server is shutting down");
        }
    }

    /** Ends the opening: each later {@link #goOn} throws. */
    public void stop() {
        stopped = true;
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            var resource = open.pop();
            try {
                resource.close();
            } catch (Exception e) {
                log.warn("{} could not be closed", resource.getClass().getSimpleName(), e);
            }
        }
    }
}
