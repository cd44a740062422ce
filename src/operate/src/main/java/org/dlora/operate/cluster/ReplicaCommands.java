package org.dlora.operate.cluster;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands to one replica, each with a line in the audit and in the log. A command that is refused
 * throws what {@link ReplicaService} throws, and leaves no line.
 */
public final class ReplicaCommands {
    private static final Logger log = LoggerFactory.getLogger(ReplicaCommands.class);

    private final Administration administration;
    private final ClusterEvents events;

    public ReplicaCommands(Administration administration, ClusterEvents events) {
        this.administration = administration;
        this.events = events;
    }

    /**
     * Drains a replica.
     *
     * @see ReplicaService#drain
     */
    public void drain(Caller caller, String id) {
        change(caller, id, ReplicaService::drain, "replica.drain");
        log.info("Replica {} drains, by {}", id, caller.name());
    }

    /**
     * Lets a replica take requests again.
     *
     * @see ReplicaService#resume
     */
    public void resume(Caller caller, String id) {
        change(caller, id, ReplicaService::resume, "replica.resume");
        log.info("Replica {} takes requests, by {}", id, caller.name());
    }

    /**
     * Restarts a replica.
     *
     * @return completes when the replica serves again
     * @see ReplicaService#restart
     */
    public CompletableFuture<Void> restart(Caller caller, String id, boolean isForced) {
        var replicas = administration.replicas();
        var before = state(replicas, id);
        var done = replicas.restart(id, isForced);
        events.done(caller.name(), "replica.restart", id, before, null);
        log.info("Replica {} begins anew, by {}", id, caller.name());
        return done;
    }

    private void change(
            Caller caller, String id, BiConsumer<ReplicaService, String> change, String action) {
        var replicas = administration.replicas();
        var before = state(replicas, id);
        change.accept(replicas, id);
        events.done(caller.name(), action, id, before, state(replicas, id));
    }

    private static Map<String, ?> state(ReplicaService replicas, String id) {
        return Map.of("state", replicas.replica(id).condition().state().label());
    }
}
