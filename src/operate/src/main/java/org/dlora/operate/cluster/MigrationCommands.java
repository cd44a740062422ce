package org.dlora.operate.cluster;

import java.util.LinkedHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.rebalance.RebalanceReport;
import org.dlora.cluster.rebalance.RebalanceService;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.ShortenedText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands that move requests and adapters between replicas, each with a line in the log. The line
 * in the audit is written when the migration has ended, and says how. A command that is refused
 * throws what {@link MigrationService} throws, and leaves no line.
 */
public final class MigrationCommands {
    private static final Logger log = LoggerFactory.getLogger(MigrationCommands.class);

    private final Administration administration;
    private final ClusterEvents events;

    public MigrationCommands(Administration administration, ClusterEvents events) {
        this.administration = administration;
        this.events = events;
    }

    /**
     * Moves a request.
     *
     * @return completes when the migration has ended
     * @see MigrationService#moveRequest
     */
    public CompletableFuture<MigrationRecord> move(
            Caller caller, MigrationCommand.MoveRequest command) {
        var begun =
                administration
                        .migrations()
                        .moveRequest(
                                command.request(),
                                command.to(),
                                command.sendsKv(),
                                MoveCause.BY_HAND);
        return audited(command, begun, done -> MigrationOutcome.of(done.result()), caller);
    }

    /**
     * Copies an adapter.
     *
     * @return completes once the adapter is resident
     * @see MigrationService#copyAdapter
     */
    public CompletableFuture<AdapterMove> copy(
            Caller caller, MigrationCommand.CopyAdapter command) {
        var begun = administration.migrations().copyAdapter(command.adapter(), command.to());
        return audited(command, begun, _ -> MigrationOutcome.MOVED, caller);
    }

    /**
     * Moves an adapter with its requests.
     *
     * @return completes once the requests have moved
     * @see MigrationService#moveAdapter
     */
    public CompletableFuture<AdapterMove> move(
            Caller caller, MigrationCommand.MoveAdapter command) {
        var begun =
                administration
                        .migrations()
                        .moveAdapter(command.adapter(), command.to(), command.from());
        return audited(command, begun, _ -> MigrationOutcome.MOVED, caller);
    }

    private <T> CompletableFuture<T> audited(
            MigrationCommand command,
            CompletableFuture<T> begun,
            Function<T, MigrationOutcome> outcome,
            Caller caller) {
        var words = new LinkedHashMap<String, Object>();
        words.put(command.action(), command.subject());
        words.putAll(command.target());
        log.info("Move ordered by {}: {}", caller.name(), ShortenedText.details(words));
        // A copy, so that a caller who goes away does not cancel the line.
        return begun.whenComplete((done, e) ->
                        ended(
                                command,
                                e == null ? outcome.apply(done) : MigrationOutcome.of(e),
                                caller))
                .copy();
    }

    private void ended(MigrationCommand command, MigrationOutcome outcome, Caller caller) {
        var after = new LinkedHashMap<String, Object>(command.target());
        after.putAll(outcome.values());
        // On a thread of a replica, which must not wait.
        events.noted(caller.name(), command.action(), command.subject(), null, after);
    }

    /**
     * Makes a rebalancing plan and applies it.
     *
     * @return completes when the migrations have ended
     * @see RebalanceService#rebalanceNow
     */
    public CompletableFuture<RebalanceReport> rebalance(Caller caller, RebalanceService service) {
        log.info("Rebalancing ordered by {}", caller.name());
        events.done(caller.name(), "rebalance.run", "all replicas", null, null);
        return service.rebalanceNow("ordered by " + caller.name());
    }
}
