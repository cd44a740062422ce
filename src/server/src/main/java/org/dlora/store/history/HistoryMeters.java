package org.dlora.store.history;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;

/** Meters of the history. Thread-safe. */
final class HistoryMeters {
    final Counter written;
    final Counter dropped;
    final Counter failed;

    /**
     * @param queue rows that wait
     */
    HistoryMeters(MeterRegistry registry, Collection<?> queue) {
        written =
                counter("dlora.history.written", "Rows of the history that were written", registry);
        dropped =
                counter(
                        "dlora.history.dropped",
                        "Rows of the history that were lost, as the queue was full",
                        registry);
        failed =
                counter(
                        "dlora.history.failed",
                        "Rows of the history that the database refused",
                        registry);
        Gauge.builder("dlora.history.queue", queue, Collection::size)
                .description("Rows of the history that wait to be written")
                .register(registry);
    }

    private static Counter counter(String name, String description, MeterRegistry registry) {
        return Counter.builder(name).description(description).register(registry);
    }
}
