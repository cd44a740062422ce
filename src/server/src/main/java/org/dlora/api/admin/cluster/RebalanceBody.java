package org.dlora.api.admin.cluster;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.dlora.cluster.rebalance.RebalanceReport;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.dlora.scheduling.rebalance.RebalancePlan.AdapterCopy;
import org.dlora.scheduling.rebalance.RebalancePlan.RequestMove;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A rebalancing plan, and what came of it.
 *
 * @param at when it was made; null for a dry run
 * @param trigger why it was made; null for a dry run
 * @param before load of the fullest replica, in seconds
 * @param after predicted load of the fullest replica after the moves, in seconds
 * @param measured load of the fullest replica after the moves, in seconds; null if none were made
 * @param measuredGain seconds by which the moves have shrunk that load; null if none were made
 * @param bound no plan has a smaller load, in seconds
 * @param gain of the plan, in seconds
 * @param latencyBefore predicted seconds until a request ends, averaged; null if not predicted
 * @param latencyAfter the same with the moves
 * @param solver {@code greedy} or {@code library}
 */
@JsonNaming(SnakeCaseStrategy.class)
record RebalanceBody(
        @Nullable Instant at,
        @Nullable String trigger,
        boolean applied,
        double before,
        double after,
        @Nullable Double measured,
        @Nullable Double measuredGain,
        double bound,
        double gain,
        double relativeGain,
        @Nullable Double latencyBefore,
        @Nullable Double latencyAfter,
        String solver,
        boolean limitHit,
        int moved,
        int unmoved,
        List<MoveBody> moves,
        List<CopyBody> loads,
        List<CopyBody> mayLeave,
        List<String> reasons) {

    /** A request that moves. */
    record MoveBody(String request, String from, String to, String kv) {
        static MoveBody of(RequestMove move) {
            return new MoveBody(
                    move.request(),
                    move.from(),
                    move.to(),
                    move.kind().name().toLowerCase(Locale.ROOT));
        }
    }

    /** An adapter in a memory. */
    record CopyBody(String adapter, String memory) {}

    /**
     * Returns a plan that nobody has applied.
     *
     * @param names gives the name of an adapter's id
     */
    static RebalanceBody of(RebalancePlan plan, UnaryOperator<String> names) {
        return of(RebalanceReport.planned(Instant.EPOCH, "", plan), names).dry();
    }

    static RebalanceBody of(RebalanceReport report, UnaryOperator<String> names) {
        var plan = report.plan();
        return new RebalanceBody(
                report.at(),
                report.trigger(),
                report.applied(),
                plan.before(),
                plan.after(),
                ifKnown(report.measured()),
                ifKnown(report.measuredGain()),
                plan.bound(),
                plan.gain(),
                plan.relativeGain(),
                ifKnown(plan.latencies().before()),
                ifKnown(plan.latencies().after()),
                plan.solver().name().toLowerCase(Locale.ROOT),
                plan.limitHit(),
                report.moved(),
                report.unmoved(),
                plan.moves().stream().map(MoveBody::of).toList(),
                copies(plan.loads(), names),
                copies(plan.mayLeave(), names),
                plan.reasons());
    }

    private static @Nullable Double ifKnown(double seconds) {
        return Double.isNaN(seconds) ? null : seconds;
    }

    private static List<CopyBody> copies(List<AdapterCopy> copies, UnaryOperator<String> names) {
        return copies.stream()
                .map(copy -> new CopyBody(names.apply(copy.adapter()), copy.memory()))
                .toList();
    }

    private RebalanceBody dry() {
        return new RebalanceBody(
                null,
                null,
                applied,
                before,
                after,
                measured,
                measuredGain,
                bound,
                gain,
                relativeGain,
                latencyBefore,
                latencyAfter,
                solver,
                limitHit,
                moved,
                unmoved,
                moves,
                loads,
                mayLeave,
                reasons);
    }
}
