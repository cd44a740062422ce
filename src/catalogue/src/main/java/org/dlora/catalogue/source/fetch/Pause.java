package org.dlora.catalogue.source.fetch;

import java.time.Duration;

/** Wait between two attempts. */
public interface Pause {
    /**
     * Waits.
     *
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    void sleep(Duration time) throws InterruptedException;
}
