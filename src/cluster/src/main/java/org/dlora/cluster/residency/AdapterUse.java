package org.dlora.cluster.residency;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlora.engine.ReplicaRef;

/**
 * The use of a resident adapter by one request. The adapter stays resident until the use is closed.
 * A request of the base model uses {@link #NONE}.
 */
public final class AdapterUse implements AutoCloseable {
    /** Use of no adapter. */
    public static final AdapterUse NONE = new AdapterUse(List.of(), () -> {});

    private final List<ReplicaRef> replicas;
    private final Runnable ended;
    private final AtomicBoolean closed = new AtomicBoolean();

    AdapterUse(List<ReplicaRef> replicas, Runnable ended) {
        this.replicas = replicas;
        this.ended = ended;
    }

    /** Returns the replicas that the adapter is loaded on. */
    public List<ReplicaRef> replicas() {
        return replicas;
    }

    /** Ends the use; takes the memory's lock. Further calls do nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            ended.run();
        }
    }
}
