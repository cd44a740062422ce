package org.dlora.cluster.migration;

import static java.util.stream.Collectors.toSet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.migration.MigrationResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves of all requests of a place to other replicas, a few at a time. It goes on until it is
 * ended, because requests that were dispatched before may arrive late. A request that could not be
 * moved is tried again after a pause, which doubles; a cancelled one ends where it is. Runs on the
 * thread of {@link Migrations}.
 */
public final class Evacuation {
    private static final Logger log = LoggerFactory.getLogger(Evacuation.class);

    /** Requests that move at a time. */
    private static final int AT_ONCE = 4;

    /** Seconds between two looks at the requests. */
    private static final double PERIOD = 0.1;

    /** Attempts after which a request counts as one that cannot move. */
    private static final int ENOUGH = 3;

    private static final double FIRST_PAUSE = 0.5;
    private static final double LONGEST_PAUSE = 30;

    private final Migrations migrations;
    private final MoveCause cause;
    private final Supplier<List<LiveRequest>> requests;
    private final Function<LiveRequest, Optional<ReplicaRef>> target;
    private final CompletableFuture<Integer> settled = new CompletableFuture<>();
    private final Map<String, Attempts> attempts = new HashMap<>();
    private int moving;
    private volatile boolean isEnded;

    /** Failed attempts to move one request. */
    private record Attempts(int count, double notBefore) {
        static final Attempts NONE = new Attempts(0, Double.NEGATIVE_INFINITY);

        Attempts failed(double now) {
            double pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * Math.pow(2, count));
            return new Attempts(count + 1, now + pause);
        }
    }

    /**
     * @param cause of the moves
     * @param requests lists the requests that are to leave
     * @param target chooses the replica for a request; empty if none can take it now
     */
    public Evacuation(
            Migrations migrations,
            MoveCause cause,
            Supplier<List<LiveRequest>> requests,
            Function<LiveRequest, Optional<ReplicaRef>> target) {
        this.migrations = migrations;
        this.cause = cause;
        this.requests = requests;
        this.target = target;
    }

    /**
     * Begins.
     *
     * @return completes with the number of requests that cannot move, once all others have left or
     *     are cancelled
     */
    public CompletableFuture<Integer> begin() {
        look();
        return settled;
    }

    /** Begins no more moves. */
    public void end() {
        isEnded = true;
    }

    private void look() {
        migrations.later(
                0,
                () -> {
                    try {
                        beginMoves();
                    } catch (RuntimeException | Error e) {
                        log.error("Requests could not be moved; it is tried again", e);
                    } finally {
                        if (!isEnded) {
                            migrations.later(PERIOD, this::look);
                        }
                    }
                });
    }

    private void beginMoves() {
        if (isEnded) {
            return;
        }
        var left = requests.get().stream().filter(live -> !live.isCancelled()).toList();
        attempts.keySet().retainAll(left.stream().map(LiveRequest::id).collect(toSet()));
        double now = migrations.now();
        for (var live : left) {
            boolean isDue = attempts(live).notBefore <= now;
            if (moving < AT_ONCE && isDue && migrations.log().target(live.id()).isEmpty()) {
                begin(live, now);
            }
        }
        if (moving == 0 && left.stream().allMatch(live -> attempts(live).count >= ENOUGH)) {
            settled.complete(left.size());
        }
    }

    private Attempts attempts(LiveRequest live) {
        return attempts.getOrDefault(live.id(), Attempts.NONE);
    }

    private void begin(LiveRequest live, double now) {
        try {
            var to = target.apply(live);
            if (to.isEmpty()) {
                attempts.put(live.id(), attempts(live).failed(now));
                return;
            }
            var move = migrations.begin(live.id(), to.get().id(), true, cause, null);
            moving++;
            var _ = move.thenAccept(record -> migrations.later(0, () -> ended(live, record)));
        } catch (IllegalArgumentException | IllegalStateException _) {
            // It has ended, is on its way already, or its adapter is not served any more.
            attempts.put(live.id(), attempts(live).failed(now));
        }
    }

    private void ended(LiveRequest live, MigrationRecord record) {
        moving--;
        // A request that is still listed has not ended, whatever the move says.
        if (!(record.result() instanceof MigrationResult.Moved)) {
            attempts.put(live.id(), attempts(live).failed(migrations.now()));
        }
        beginMoves();
    }
}
