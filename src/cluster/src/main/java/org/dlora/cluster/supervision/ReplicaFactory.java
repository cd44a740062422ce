package org.dlora.cluster.supervision;

import java.util.OptionalInt;
import org.dlora.engine.WatchedReplica;
import org.dlora.replica.SchedulingSettings;

/** Factory of the incarnations of one replica, which all have its id. */
@FunctionalInterface
public interface ReplicaFactory {
    /**
     * Starts an incarnation without adapters, to be warmed up.
     *
     * @param kvBlocks usable KV blocks that it begins with; empty = those of the plan
     */
    WatchedReplica start(OptionalInt kvBlocks, SchedulingSettings scheduling);
}
