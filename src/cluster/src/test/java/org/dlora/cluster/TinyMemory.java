package org.dlora.cluster;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.List;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterLoads;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.ResidencyMeters;
import org.dlora.cluster.residency.ResidencyOptions;
import org.dlora.device.Device;
import org.dlora.device.MemoryLedger;
import org.dlora.engine.ReplicaRef;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.ResidencySettings;

/** An adapter memory without limits, for tests. */
public final class TinyMemory {
    private TinyMemory() {}

    /** Returns a memory of {@code replicas} in which {@code adapters} are resident. */
    static AdapterMemory of(
            Device device, List<? extends ReplicaRef> replicas, List<ServedAdapter> adapters) {
        return of("host", device, replicas, adapters);
    }

    /** Returns a memory of that name. */
    static AdapterMemory of(
            String name,
            Device device,
            List<? extends ReplicaRef> replicas,
            List<ServedAdapter> adapters) {
        var uploader = new AdapterUploader(device, WeightPrecision.AUTO, MemoryLedger.unlimited());
        var memory = of(name, uploader, new SimpleMeterRegistry());
        memory.start(replicas);
        for (var adapter : adapters) {
            memory.register(adapter.id(), adapter.source());
            memory.makeResident(adapter.id()).join();
        }
        return memory;
    }

    /** Returns a memory of that name which has no replicas yet. */
    static AdapterMemory of(String name, AdapterUploader uploader, MeterRegistry registry) {
        return new AdapterMemory(
                new ResidencyOptions(
                        name,
                        new CostAwareResidency(),
                        ResidencySettings.DEFAULT,
                        TinyMemory::seconds,
                        60,
                        InstantSource.system()),
                new AdapterLoads(
                        uploader, UploadPace.FULL, TinyMemory::seconds, (files, problem) -> {}),
                new ResidencyMeters(name, registry));
    }

    private static double seconds() {
        return 1e-9 * System.nanoTime();
    }
}
