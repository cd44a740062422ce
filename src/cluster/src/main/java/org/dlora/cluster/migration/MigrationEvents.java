package org.dlora.cluster.migration;

import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.requests.StreamPause;
import org.dlora.replica.migration.MigrationResult;

/** Observer of moves that tells of them as changes of the cluster. */
public final class MigrationEvents implements MigrationObserver {
    private final ClusterEvents events;

    public MigrationEvents(ClusterEvents events) {
        this.events = events;
    }

    @Override
    public void ended(MigrationRecord move) {
        events.publish(
                new ClusterEvent.RequestMoved(
                        events.clock().instant(),
                        move.request(),
                        move.model(),
                        move.source(),
                        move.target(),
                        move.seconds(),
                        move.kv().bytes(),
                        switch (move.result()) {
                            case MigrationResult.Moved() -> "moved";
                            case MigrationResult.Ended() -> "ended";
                            case MigrationResult.Failed _ -> "failed";
                        },
                        move.result() instanceof MigrationResult.Failed(var reason)
                                ? reason
                                : null));
    }

    @Override
    public void resumed(StreamPause pause) {}
}
