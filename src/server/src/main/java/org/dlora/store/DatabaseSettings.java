package org.dlora.store;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of the database.
 *
 * @param home folder of the H2 file, where no URL is set
 * @param inMemory whether nothing is kept beyond the process, whatever else is set
 * @param firstPause before the database is opened again; each later pause is twice as long, at most
 *     a minute
 */
public record DatabaseSettings(Path home, boolean inMemory, Duration firstPause) {
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    /** Settings with a first pause of 1 s. */
    public DatabaseSettings(Path home, boolean inMemory) {
        this(home, inMemory, Duration.ofSeconds(1));
    }

    Duration pause(int attempts) {
        var pause = firstPause.multipliedBy(1L << Math.min(attempts - 1, 16));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }
}
