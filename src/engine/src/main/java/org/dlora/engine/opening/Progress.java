package org.dlora.engine.opening;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;

/** Progress of a long piece of work, logged at most once a second. */
public final class Progress {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final Logger log;
    private final Clock clock;
    private final String what;
    private final int total;
    private Instant said;

    public Progress(Logger log, Clock clock, String what, int total) {
        this.log = log;
        this.clock = clock;
        this.what = what;
        this.total = total;
        this.said = clock.instant();
    }

    public void reached(int done) {
        var now = clock.instant();
        if (done < total && Duration.between(said, now).compareTo(INTERVAL) < 0) {
            return;
        }
        said = now;
        log.info("{} {}/{}", what, done, total);
    }
}
