package org.dlora.app;

import java.util.List;
import org.dlora.device.Device;
import org.dlora.device.MemoryBound;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;

/**
 * A device that replicas serve on, with the books of its memory.
 *
 * @param memory name of the memory that its replicas share
 * @param replicas numbers of its replicas, in configured order
 * @param plan of its memory at the start
 * @param weights reservation for the base model's weights, to be corrected once they are packed
 */
record ServedDevice(
        Device device,
        String memory,
        List<Integer> replicas,
        MemoryLedger ledger,
        MemoryPlan plan,
        MemoryReservation weights) {
    ServedDevice {
        replicas = List.copyOf(replicas);
    }

    /**
     * Opens the books of a device, and enters the process where it takes the same memory, then the
     * weights.
     *
     * @param weightBytes of the base model, as planned
     * @throws StartException if they do not fit
     */
    static ServedDevice of(
            Device device,
            String memory,
            List<Integer> replicas,
            long weightBytes,
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
        return new ServedDevice(device, memory, replicas, ledger, plan, plan.weights(weightBytes));
    }
}
