package org.dlora.app;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has been opened, to be closed in reverse order. One thread opens; another may ask it to
 * {@link #stop}, and closes when that thread has left.
 */
final class Closing implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Closing.class);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private volatile boolean stopped;

    /**
     * Keeps {@code resource} for {@link #close} and returns it.
     *
     * @throws CancellationException if it is too late; the resource is closed later all the same
     */
    <T extends AutoCloseable> T later(T resource) {
        open.push(resource);
        goOn();
        return resource;
    }

    /**
     * To be called now and then by who opens.
     *
     * @throws CancellationException after {@link #stop}
     */
    void goOn() {
        if (stopped) {
            throw new CancellationException("The server is shutting down");
        }
    }

    /** From now on nothing more is opened. */
    void stop() {
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
