package org.dlora.console.migrations;

import static java.util.stream.Collectors.toMap;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.web.ApiException;
import org.dlora.cluster.rebalance.RebalanceReport;
import org.dlora.cluster.rebalance.RebalanceService;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaReport.OpenRequest;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.page.LivePanel;
import org.dlora.console.replicas.ViewPanel;
import org.dlora.operate.Administration;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.dlora.scheduling.rebalance.RebalancePlan.AdapterCopy;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Values of the pages and panels of moves, as the services have them now. */
@Component
final class MigrationViews {
    private static final int MOST_PLANS = 16;

    private final Administration administration;

    MigrationViews(Administration administration) {
        this.administration = administration;
    }

    /**
     * Returns the service of plans.
     *
     * @throws ApiException if there is none
     */
    static RebalanceService rebalancing(Administration administration) {
        return administration
                .migrations()
                .rebalancing()
                .orElseThrow(() ->
                        ApiException.of(HttpStatus.NOT_FOUND, "Requests are not rebalanced here."));
    }

    /** Returns the values of the moves that run. */
    Map<String, ?> running() {
        return Map.of("running", administration.migrations().running());
    }

    /** Returns the values of the page of moves. */
    Map<String, ?> all(MoveFilter filter) {
        var service = administration.migrations();
        var moves = filter.filtered(service.history().stream().map(MoveRow::of).toList());
        var values = new HashMap<String, Object>(running());
        values.put("filter", filter);
        values.put("outcomes", MoveFilter.OUTCOMES);
        values.put("replicaIds", replicas().stream().map(ReplicaReport::id).toList());
        values.put("moves", filter.shown(moves));
        values.put("moveCount", moves.size());
        values.put("hasMore", moves.size() > filter.page() * MoveFilter.ROWS);
        values.put("isRebalanced", service.rebalancing().isPresent());
        values.put(
                "plans",
                service.rebalancing()
                        .map(RebalanceService::reports)
                        .map(MigrationViews::latest)
                        .orElse(List.of()));
        return values;
    }

    private static List<PlanRow> latest(List<RebalanceReport> reports) {
        return reports.reversed().stream().limit(MOST_PLANS).map(PlanRow::of).toList();
    }

    private List<ReplicaReport> replicas() {
        return administration.replicas().replicas();
    }

    /**
     * Returns the values of the forms of moves.
     *
     * @param request id of the one to choose; empty for none
     * @param adapter name of the one to choose; empty for none
     */
    Map<String, ?> choices(String request, String adapter) {
        var _ = administration.migrations();
        var replicas = replicas();
        var choices = MoveChoices.of(replicas, administration.residency().reports());
        return Map.of(
                "choices",
                choices,
                "request",
                request,
                "adapter",
                adapter,
                "to",
                MoveChoices.onlyTarget(replicas, request),
                "isGone",
                !request.isEmpty() && !choices.hasRequest(request));
    }

    /** A request that a plan moves. */
    record PlannedMove(String request, String model, String from, String to, boolean isSent) {}

    /** A copy of an adapter that a plan makes or can do without. */
    record PlannedCopy(String adapter, String memory) {}

    /** Makes a plan for the present loads and returns its values. Takes up to a few seconds. */
    Map<String, ? extends @Nullable Object> dryRun() {
        var plan = rebalancing(administration).dryRun();
        var names = RegistrationNames.of(administration.models());
        var values = new HashMap<String, @Nullable Object>();
        values.put("plan", plan);
        values.put("moves", moves(plan, replicas()));
        values.put("loads", copies(plan.loads(), names));
        values.put("mayLeave", copies(plan.mayLeave(), names));
        return values;
    }

    private static List<PlannedMove> moves(RebalancePlan plan, List<ReplicaReport> replicas) {
        var models =
                replicas.stream()
                        .flatMap(one -> one.requests().stream())
                        .collect(toMap(OpenRequest::id, OpenRequest::model, (one, _) -> one));
        return plan.moves().stream()
                .map(move ->
                        new PlannedMove(
                                move.request(),
                                models.getOrDefault(move.request(), ""),
                                move.from(),
                                move.to(),
                                switch (move.kind()) {
                                    case SEND -> true;
                                    case RECOMPUTE -> false;
                                }))
                .toList();
    }

    private static List<PlannedCopy> copies(List<AdapterCopy> copies, RegistrationNames names) {
        return copies.stream()
                .map(copy -> new PlannedCopy(names.name(copy.adapter()), copy.memory()))
                .toList();
    }

    @Bean
    LivePanel migrationsPanel() {
        return new ViewPanel("migrations", "migrations", _ -> running());
    }
}
