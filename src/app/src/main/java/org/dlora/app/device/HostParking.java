package org.dlora.app.device;

import java.util.Optional;
import org.dlora.app.settings.DloraProperties;
import org.dlora.device.DeviceMemory;
import org.dlora.device.MemoryBound;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemorySize;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.PassingWeights;
import org.dlora.engine.opening.BaseWeights;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.StartException;
import org.dlora.model.DecoderSpec;
import org.dlora.tensor.DType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's memory as {@code dlora.merge.pristine=host} uses it: for the pristine weights of each
 * GPU, and for copies of merged weights.
 */
public final class HostParking {
    private static final Logger log = LoggerFactory.getLogger(HostParking.class);

    private final MemoryLedger host;
    private final long copies;

    private HostParking(MemoryLedger host, long copies) {
        this.host = host;
        this.copies = copies;
    }

    /**
     * Plans the memory of the host, and of the GPUs for passes that measure merges; empty if the
     * pristine weights stay on the devices.
     *
     * @param weights dtype of the matrices
     * @throws StartException if the pristine weights do not fit
     */
    public static Optional<HostParking> plan(
            DloraProperties settings,
            DecoderSpec spec,
            DType weights,
            ServedDevices devices,
            Closing closing) {
        if (!settings.merge().isParked()) {
            return Optional.empty();
        }
        long pass = PassingWeights.parkedBytes(spec, weights);
        devices.all().forEach(one -> one.plan().passing(pass));
        int gpus = devices.all().size();
        return Optional.of(
                of(
                        CpuDevice.hostMemory(),
                        gpus,
                        ReplicaSettings.copyBytes(spec, weights),
                        closing));
    }

    /**
     * Plans the memory of the host.
     *
     * @param gpus number of GPUs, each of which has its pristine weights there
     * @param most bytes that the copies of one GPU may need: twice those of its pristine weights
     * @throws StartException if the pristine weights do not fit
     */
    static HostParking of(DeviceMemory memory, int gpus, long most, Closing closing) {
        var host = new MemoryLedger(memory.limit(), MemoryBound.MACHINE);
        var plan = new MemoryPlan(host, closing);
        int processors = Runtime.getRuntime().availableProcessors();
        plan.process(memory.heap(), ProcessMemory.overhead(memory.heap(), processors));
        plan.parked(gpus * (most / 2));
        long left = host.available();
        if (left < gpus * most) {
            log.warn(
                    "Merged weights may need {} of the host's memory, twice those of an adapter on all matrices while one takes the place of another; {} are left for them",
                    new MemorySize(gpus * most).roundedUp(),
                    new MemorySize(left).roundedDown());
        }
        return new HostParking(host, Math.min(most, left));
    }

    /** Parks the weights of all devices. */
    public void park(BaseWeights weights, ServedDevices devices) {
        for (var one : devices.all()) {
            long bytes = weights.on(one.device()).park(one.device());
            log.info(
                    "The pristine weights of {} take {} of the host's memory, page-locked; copies of merged weights may take {} there",
                    one.device().name(),
                    new MemorySize(bytes).roundedUp(),
                    new MemorySize(copies).roundedDown());
        }
    }

    /** Returns the bytes that the copies of a replica never exceed. */
    public long copies() {
        return copies;
    }

    /** Returns the memory for the copies of a replica that starts. */
    public CopyMemory copies(String replica, long limit) {
        return new HostCopies(host, limit);
    }
}
