package org.dlora.cluster.replicas;

import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.engine.ReplicaRef;

/**
 * Listener that tells of failures and restarts of replicas as changes of the cluster.
 *
 * @param next is told too
 */
public record ReplicaEvents(ReplicaFailures next, ClusterEvents events) implements ReplicaFailures {
    @Override
    public void lost(ReplicaRef replica, String reason) {
        events.publish(
                new ClusterEvent.ReplicaFenced(events.clock().instant(), replica.id(), reason));
        next.lost(replica, reason);
    }

    @Override
    public void restarted(ReplicaRef replica) {
        next.restarted(replica);
        events.publish(new ClusterEvent.ReplicaRestarted(events.clock().instant(), replica.id()));
    }
}
