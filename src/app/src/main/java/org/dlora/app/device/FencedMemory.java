package org.dlora.app.device;

import org.dlora.cluster.supervision.RestartRoom;
import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;

/**
 * Books of the memory that failed replicas hold while others have begun in their place.
 *
 * @param host books of the machine, which have the buffers of steps
 * @param share books of the memory with the replica's KV cache
 * @param buffers bytes of a replica's buffers
 */
public record FencedMemory(MemoryLedger host, MemoryLedger share, long buffers)
        implements RestartRoom {

    @Override
    public Runnable book(long bytes) {
        var held = share.reserve(MemoryUse.FENCED, bytes);
        try {
            var beside = host.reserve(MemoryUse.FENCED, buffers);
            return () -> {
                held.close();
                beside.close();
            };
        } catch (MemoryFullException e) {
            held.close();
            throw e;
        }
    }
}
