package org.dlora.console.migrations;

import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.rebalance.RebalanceReport;
import org.dlora.console.page.Formats;
import org.dlora.replica.migration.MigrationResult;

/** Sentences on the outcome of a move or a plan, for the page after its form. */
final class MoveWords {
    private MoveWords() {}

    /**
     * Returns the outcome of a request's migration.
     *
     * @throws IllegalStateException if it failed, with the reason
     */
    static String of(MigrationRecord move) {
        return switch (move.result()) {
            case MigrationResult.Moved() ->
                    "Request %s has moved from replica %s to %s in %s; %s of KV were sent."
                            .formatted(
                                    move.request(),
                                    move.source(),
                                    move.target(),
                                    Formats.ALL.seconds(move.seconds()),
                                    Formats.ALL.bytes(move.kv().bytes()));
            case MigrationResult.Ended() ->
                    "Request %s ended before it moved.".formatted(move.request());
            case MigrationResult.Failed(var reason) ->
                    throw new IllegalStateException(
                            "Request %s was not moved: %s".formatted(move.request(), reason));
        };
    }

    static String of(AdapterMove move) {
        if (move.from() == null) {
            return "Adapter %s is in memory %s now.".formatted(move.adapter(), move.to());
        }
        var rest =
                move.left() > 0
                        ? " Requests that could not move run to their end in memory %s first: %d."
                                .formatted(move.from(), move.left())
                        : move.evicted() ? "" : " It leaves memory %s soon.".formatted(move.from());
        return "Adapter %s has moved from memory %s to %s.%s"
                .formatted(move.adapter(), move.from(), move.to(), rest);
    }

    static String of(RebalanceReport report) {
        if (!report.applied()) {
            return "The plan has no moves: the loads are even enough, or nothing can move now.";
        }
        return "Requests moved: %d, not moved: %d. The fullest replica has %s of work now. The moves spared it %s; predicted were %s."
                .formatted(
                        report.moved(),
                        report.unmoved(),
                        Formats.ALL.seconds(report.measured()),
                        Formats.ALL.seconds(report.measuredGain()),
                        Formats.ALL.seconds(report.plan().gain()));
    }
}
