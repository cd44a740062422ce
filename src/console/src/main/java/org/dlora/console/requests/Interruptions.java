package org.dlora.console.requests;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.toList;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.console.page.Formats;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sentences on the interruptions of a request: preemptions, moves, and failures of its replica. */
final class Interruptions {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Formats FORMAT = Formats.ALL;
    private static final int SHOWN_REFUSALS = 3;

    private final RequestRecord row;
    private final Reasons reasons;
    private final List<EventRecord> changes;

    /**
     * @param changes moves in the request's time
     */
    Interruptions(RequestRecord row, Reasons reasons, List<EventRecord> changes) {
        this.row = row;
        this.reasons = reasons;
        this.changes = changes;
    }

    List<String> preempted(Part part) {
        var sentences = new ArrayList<String>();
        sentences.add(
                "Its KV blocks were given to an older request, as none were free. It waited, and its tokens were computed again.");
        var replica = part.replica();
        if (replica != null) {
            sentences.addAll(reasons.steps(replica, part.from(), part.from().plusMillis(1)));
        }
        return sentences;
    }

    /** Explains a move: its way, the pause, and who ordered it. */
    List<String> moved(Part part) {
        var sentences = new ArrayList<String>();
        var arrival = arrival(part);
        sentences.add(way(part));
        arrival.ifPresent(mark -> sentences.add(pause(part, mark)));
        sentences.add(
                reasons.move(row.ended().id(), part.from())
                        .map(move -> ordered(move.cause()))
                        .orElse(
                                "Who ordered the move is not in memory any more; the last 256 moves are."));
        return sentences;
    }

    private static String ordered(MoveCause cause) {
        return switch (cause) {
            case BY_HAND -> "The move was ordered by hand.";
            case DEMO -> "The demo traffic ordered the move.";
            case PLAN -> "The move was ordered by a rebalancing plan.";
            case DRAIN -> "The move was ordered by the drain of its replica.";
            case ADAPTER -> "The move was ordered by the move of its adapter to another memory.";
        };
    }

    /** Returns the mark of the replica that took it; empty if none did, or in rows of before. */
    private Optional<CourseMark> arrival(Part part) {
        return row.course().stream()
                .filter(mark -> mark.kind() == CourseMark.Kind.ARRIVED)
                .filter(mark -> !mark.at().isBefore(part.from()) && !mark.at().isAfter(part.to()))
                .findFirst();
    }

    private String way(Part part) {
        return moveEvent(part.from(), String.valueOf(part.replica()))
                .map(detail ->
                        "It moved from replica %s to %s, %s; the whole move took %s."
                                .formatted(
                                        detail.path("from").asString(""),
                                        detail.path("to").asString(""),
                                        kv(detail.path("bytes").asLong(0)),
                                        FORMAT.seconds(detail.path("seconds").asDouble(0))))
                .orElseGet(() -> "It moved to replica %s.".formatted(part.replica()));
    }

    /** Returns the sentences about moves in a part that led back, the first few. */
    List<String> refused(Part part) {
        var refused = RefusedMove.of(row.course()).stream().filter(one -> one.isIn(part)).toList();
        var sentences =
                refused.stream().limit(SHOWN_REFUSALS).map(this::sentence).collect(toList());
        if (refused.size() > SHOWN_REFUSALS) {
            sentences.add(
                    "Moves that failed beside these: %d."
                            .formatted(refused.size() - SHOWN_REFUSALS));
        }
        return sentences;
    }

    private String sentence(RefusedMove refused) {
        var why =
                moveEvent(refused.left().at(), refused.replica())
                        .map(detail -> detail.path("reason").asString(""))
                        .filter(reason -> !reason.isEmpty());
        return "Replica %s did not take it%s. It went on here after %s."
                .formatted(
                        refused.replica(),
                        why.map(reason -> ": " + reason).orElse(""),
                        FORMAT.seconds(refused.seconds()));
    }

    private static String pause(Part part, CourseMark arrival) {
        double away = RequestLine.seconds(part.from(), arrival.at());
        double rest = RequestLine.seconds(arrival.at(), part.to());
        return rest > 0
                ? "It was on its way for %s; its next token came %s after that."
                        .formatted(FORMAT.seconds(away), FORMAT.seconds(rest))
                : "It was on its way for %s.".formatted(FORMAT.seconds(away));
    }

    /** Returns the first move to a replica that ended at {@code from} or later. */
    private Optional<JsonNode> moveEvent(Instant from, String to) {
        return changes.stream()
                .filter(one -> one.kind().equals("request_moved"))
                .filter(one -> row.ended().id().equals(one.request()))
                .filter(one -> !HistoryKey.time(one.key()).isBefore(Explanation.wholeMillis(from)))
                .sorted(comparingLong(EventRecord::key))
                .map(one -> JSON.readTree(one.detail()))
                .filter(detail -> detail.path("to").asString("").equals(to))
                .findFirst();
    }

    /** Explains the time without a replica, or that until the next token on another one. */
    List<String> rescued(Part part) {
        if (part.replica() != null) {
            return List.of(
                    "Replica %s continued it from the tokens that its client had. The journal says why its replica failed."
                            .formatted(part.replica()));
        }
        var lost =
                row.course().stream()
                        .filter(mark -> mark.kind() == CourseMark.Kind.LOST)
                        .filter(mark -> mark.at().equals(part.from()))
                        .map(CourseMark::replica)
                        .findFirst()
                        .orElse("");
        return List.of(
                "Replica %s failed, or could not go on with it. %s"
                        .formatted(
                                lost,
                                part.to().equals(row.ended().done())
                                        ? "No other one took it."
                                        : "It waited for another one."));
    }

    private static String kv(long bytes) {
        return bytes == 0
                ? "where its KV was computed again"
                : "with %s of KV".formatted(FORMAT.bytes(bytes));
    }
}
