package org.dlora.catalogue.served;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.cluster.adapters.ServedAdapter;

/** Giver of ids to the registrations of adapters. Thread-safe. */
public final class Registrations {
    private final Clock clock;
    private final AtomicLong count;

    /**
     * @param count of the registrations that have ids already
     */
    public Registrations(Clock clock, long count) {
        this.clock = clock;
        this.count = new AtomicLong(count);
    }

    /** Returns {@code source} under the next id: its name and a number. */
    public ServedAdapter next(RegisteredAdapter source) {
        var id = "%s#%d".formatted(source.name(), count.incrementAndGet());
        return new ServedAdapter(id, source, now());
    }

    /** Returns the time of registrations now. */
    public Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS); // As databases keep it.
    }

    /** Returns {@code source} under the id of an earlier registration. */
    public ServedAdapter again(ServedAdapter earlier, RegisteredAdapter source) {
        return new ServedAdapter(earlier.id(), source, now());
    }
}
