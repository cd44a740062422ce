package org.dlora.app.device;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;

/** Gauges of a {@link MemoryLedger}. */
public final class MemoryMeters {
    private MemoryMeters() {}

    /**
     * Registers the gauges of one memory.
     *
     * @param name of the memory: {@code host}, or that of the replica it belongs to
     */
    public static void register(String name, MemoryLedger ledger, MeterRegistry metrics) {
        Gauge.builder("dlora.memory.limit", ledger, MemoryLedger::limit)
                .description("Memory of the machine, or of the container where it has less")
                .tag("memory", name)
                .baseUnit("bytes")
                .register(metrics);
        for (var use : MemoryUse.values()) {
            Gauge.builder("dlora.memory.reserved", ledger, books -> books.taken(use))
                    .description("Memory that is taken, or planned")
                    .tag("memory", name)
                    .tag("use", use.name().toLowerCase(Locale.ROOT))
                    .baseUnit("bytes")
                    .register(metrics);
        }
    }
}
