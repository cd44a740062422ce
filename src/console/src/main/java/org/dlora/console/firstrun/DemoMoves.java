package org.dlora.console.firstrun;

import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaReport.OpenRequest;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.replica.migration.MigrationResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Moves of demo requests between replicas, to show that streams go on. Thread-safe. */
final class DemoMoves {
    private static final Logger log = LoggerFactory.getLogger(DemoMoves.class);

    private final ReplicaService replicas;
    private final MigrationService migrations;
    private final AtomicInteger moved = new AtomicInteger();

    DemoMoves(ReplicaService replicas, MigrationService migrations) {
        this.replicas = replicas;
        this.migrations = migrations;
    }

    /**
     * Orders a move of one request to the replica with the fewest.
     *
     * @return whether there was a request to move
     */
    boolean move() {
        var serving =
                replicas.replicas().stream()
                        .filter(one -> one.condition().state() == ReplicaStatus.SERVING)
                        .toList();
        var source = serving.stream().max(Comparator.comparingInt(DemoMoves::open)).orElse(null);
        var target =
                serving.stream()
                        .filter(one -> !one.equals(source))
                        .min(Comparator.comparingInt(DemoMoves::open));
        if (source == null || target.isEmpty()) {
            return false;
        }
        var request = young(source);
        request.ifPresent(one -> move(one, target.get().id()));
        return request.isPresent();
    }

    private static int open(ReplicaReport replica) {
        return replica.requests().size();
    }

    /** Returns a demo request that has begun and still has most of its answer before it. */
    private static Optional<OpenRequest> young(ReplicaReport replica) {
        return replica.requests().stream()
                .filter(one -> one.id().startsWith(DemoRequests.PREFIX))
                .filter(one -> one.outputTokens() > 0 && one.movingTo() == null)
                .min(Comparator.comparingInt(OpenRequest::outputTokens));
    }

    private void move(OpenRequest request, String to) {
        try {
            var _ =
                    migrations
                            .moveRequest(request.id(), to, true, MoveCause.DEMO)
                            .thenAccept(move -> {
                                if (move.result() instanceof MigrationResult.Moved) {
                                    moved.incrementAndGet();
                                }
                            });
        } catch (RuntimeException e) {
            log.debug("A demo request did not move", e); // It has ended meanwhile.
        }
    }

    int moved() {
        return moved.get();
    }
}
