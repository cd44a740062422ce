package org.dlora.app.device;

import java.util.List;
import org.dlora.device.Device;
import org.dlora.device.MemoryBound;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.StartException;
import org.dlora.model.DecoderSpec;
import org.dlora.tensor.DType;

/**
 * A device that replicas serve on, with the books of its memory.
 *
 * @param memory name of the memory that its replicas share
 * @param replicas numbers of its replicas, in configured order
 * @param plan of its memory at the start
 * @param weights reservation for the base model's weights, to be corrected once they are packed
 * @param isIndexed whether the output matrix gets an index, for which the reservation has room
 */
public record ServedDevice(
        Device device,
        String memory,
        List<Integer> replicas,
        MemoryLedger ledger,
        MemoryPlan plan,
        MemoryReservation weights,
        boolean isIndexed) {
    /** An index of the output matrix takes at most one in so many bytes that the weights leave. */
    private static final int INDEX_SHARE = 8;

    public ServedDevice {
        replicas = List.copyOf(replicas);
    }

    /**
     * Opens the books of a device, and enters the process where it takes the same memory, then the
     * weights.
     *
     * @param spec of the base model
     * @param dtype of its matrices
     * @throws StartException if they do not fit
     */
    static ServedDevice of(
            Device device,
            String memory,
            List<Integer> replicas,
            DecoderSpec spec,
            DType dtype,
            Closing closing) {
        var machine = device.memory();
        boolean isHost = machine.heap() > 0;
        var ledger =
                new MemoryLedger(machine.limit(), isHost ? MemoryBound.MACHINE : MemoryBound.GPU);
        var plan = new MemoryPlan(ledger, closing);
        if (isHost) {
            plan.process(
                    machine.heap(),
                    ProcessMemory.overhead(
                            machine.heap(), Runtime.getRuntime().availableProcessors()));
        }
        var weights = plan.weights(spec.matrixElements() * dtype.bytes());
        long index = device.argMaxIndexBytes(spec.vocabSize(), spec.hiddenSize(), dtype);
        boolean isIndexed = index > 0 && index <= ledger.available() / INDEX_SHARE;
        if (isIndexed) {
            weights.grow(index);
        }
        return new ServedDevice(device, memory, replicas, ledger, plan, weights, isIndexed);
    }
}
