package org.dlora.app.settings;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.dlora.engine.opening.DeviceName;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of one replica.
 *
 * @param device name of the device that it computes on; see {@link DeviceName}
 * @param threads CPU threads; 0 = its share of the cores
 * @param memory bytes of a memory of its own, for its KV cache, merged weights and adapters; 0 = it
 *     shares the memory of the others
 */
public record ReplicaProperties(
        @DefaultValue("cpu") String device,
        @DefaultValue("0") @Min(0) @Max(1024) int threads,
        @DefaultValue("0") DataSize memory) {
    public ReplicaProperties {
        var _ = DeviceName.of(device);
    }

    /** Returns the device that it computes on. */
    public DeviceName deviceName() {
        return DeviceName.of(device);
    }

    /** Returns a replica of the bundled demo model. */
    static ReplicaProperties ofDemo() {
        return new ReplicaProperties(DeviceName.CPU, 1, DataSize.ofMegabytes(64));
    }

    public boolean hasOwnMemory() {
        return memory.toBytes() > 0;
    }
}
