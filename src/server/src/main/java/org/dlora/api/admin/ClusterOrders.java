package org.dlora.api.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.rebalance.RebalanceReport;
import org.dlora.cluster.rebalance.RebalanceService;
import org.dlora.cluster.replicas.ReplicaService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.StringUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * Orders of an administrator to replicas, each with its line in the audit and in the log. Endpoints
 * and pages of the console give the same ones. An order that is refused throws what the service
 * throws, and leaves no line. The line of a move is written when the move has ended, and says how.
 */
public final class ClusterOrders {
    private static final Logger log = LoggerFactory.getLogger(ClusterOrders.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final int LONGEST_TEXT = 500;

    private final ClusterEvents events;

    ClusterOrders(ClusterEvents events) {
        this.events = events;
    }

    /**
     * Drains a replica.
     *
     * @param actor who orders it
     * @see ReplicaService#drain
     */
    public void drain(ReplicaService replicas, String id, String actor) {
        change(replicas, id, ReplicaService::drain, "replica.drain", actor);
        log.info("Replica {} drains, by {}", id, actor);
    }

    /**
     * Has a replica take requests again.
     *
     * @param actor who orders it
     * @see ReplicaService#resume
     */
    public void resume(ReplicaService replicas, String id, String actor) {
        change(replicas, id, ReplicaService::resume, "replica.resume", actor);
        log.info("Replica {} takes requests, by {}", id, actor);
    }

    /**
     * Has a replica begin anew.
     *
     * @param actor who orders it
     * @return completes when it serves again
     * @see ReplicaService#restart
     */
    public CompletableFuture<Void> restart(
            ReplicaService replicas, String id, boolean force, String actor) {
        var before = state(replicas, id);
        var done = replicas.restart(id, force);
        events.done(actor, "replica.restart", id, before, null);
        log.info("Replica {} begins anew, by {}", id, actor);
        return done;
    }

    private void change(
            ReplicaService replicas,
            String id,
            BiConsumer<ReplicaService, String> change,
            String action,
            String actor) {
        var before = state(replicas, id);
        change.accept(replicas, id);
        events.done(actor, action, id, before, state(replicas, id));
    }

    private static Map<String, ?> state(ReplicaService replicas, String id) {
        return Map.of("state", replicas.replica(id).condition().state().label());
    }

    /**
     * Moves a request.
     *
     * @param actor who orders it
     * @return completes when the move has ended
     * @see MigrationService#moveRequest
     */
    public CompletableFuture<MigrationRecord> move(
            MigrationService migrations, MoveOrder.OfRequest order, String actor) {
        var begun =
                migrations.moveRequest(
                        order.request(), order.to(), order.sendsKv(), MoveCause.BY_HAND);
        return audited(order, begun, done -> MoveOutcome.of(done.result()), actor);
    }

    /**
     * Copies an adapter.
     *
     * @param actor who orders it
     * @return completes once it is resident
     * @see MigrationService#copyAdapter
     */
    public CompletableFuture<AdapterMove> copy(
            MigrationService migrations, MoveOrder.CopyOf order, String actor) {
        var begun = migrations.copyAdapter(order.adapter(), order.to());
        return audited(order, begun, _ -> MoveOutcome.MOVED, actor);
    }

    /**
     * Moves an adapter with its requests.
     *
     * @param actor who orders it
     * @return completes once its requests have moved
     * @see MigrationService#moveAdapter
     */
    public CompletableFuture<AdapterMove> move(
            MigrationService migrations, MoveOrder.OfAdapter order, String actor) {
        var begun = migrations.moveAdapter(order.adapter(), order.to(), order.from());
        return audited(order, begun, _ -> MoveOutcome.MOVED, actor);
    }

    private <T> CompletableFuture<T> audited(
            MoveOrder order,
            CompletableFuture<T> begun,
            Function<T, MoveOutcome> outcome,
            String actor) {
        var words = new LinkedHashMap<String, Object>();
        words.put(order.action(), order.subject());
        words.putAll(order.target());
        // Escaped, as it is JSON.
        log.info(
                "Move ordered by {}: {}",
                actor,
                StringUtils.truncate(JSON.writeValueAsString(words), LONGEST_TEXT));
        // A copy, so that a caller who goes away does not cancel the line.
        return begun.whenComplete((done, e) ->
                        ended(order, e == null ? outcome.apply(done) : MoveOutcome.of(e), actor))
                .copy();
    }

    private void ended(MoveOrder order, MoveOutcome outcome, String actor) {
        var after = new LinkedHashMap<String, Object>(order.target());
        after.putAll(outcome.values());
        // On a thread of a replica, which must not wait.
        events.noted(actor, order.action(), order.subject(), null, after);
    }

    /**
     * Makes a rebalancing plan and applies it.
     *
     * @param actor who orders it
     * @return completes when the moves have ended
     * @see RebalanceService#rebalanceNow
     */
    public CompletableFuture<RebalanceReport> rebalance(RebalanceService service, String actor) {
        log.info("Rebalancing ordered by {}", actor);
        events.done(actor, "rebalance.run", "all replicas", null, null);
        return service.rebalanceNow("ordered by " + actor);
    }
}
