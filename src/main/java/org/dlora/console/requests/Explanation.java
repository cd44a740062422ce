package org.dlora.console.requests;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.dlora.cluster.history.EventRecord;
import org.dlora.cluster.history.HistoryKey;
import org.dlora.cluster.history.RequestRecord;
import org.dlora.console.page.Formats;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sentences on the parts of a request's time: what happened, and what decided it as far as that is
 * known.
 */
final class Explanation {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Formats FORMAT = Formats.ALL;
    private static final String FORGOTTEN =
            "The decisions of these steps are not in memory any more; the last 256 of each replica are.";

    private final RequestRecord row;
    private final Reasons reasons;
    private final List<EventRecord> changes;

    /**
     * @param changes loads of the request's adapter, and moves, in its time
     */
    Explanation(RequestRecord row, Reasons reasons, List<EventRecord> changes) {
        this.row = row;
        this.reasons = reasons;
        this.changes = changes;
    }

    /** Returns the sentences on a part. */
    List<String> of(Part part) {
        return switch (part.phase()) {
            case RECEIVED -> received();
            case LOADING -> loading(part);
            case QUEUED -> queued(part);
            case PREFILL -> prefill();
            case DECODE -> decode();
            case PREEMPTED -> preempted(part);
            case MOVED -> moved(part);
            case RESCUED ->
                    List.of(
                            "Its replica had failed; replica %s continued it from the tokens that its client had. The journal says why."
                                    .formatted(part.replica()));
        };
    }

    private List<String> received() {
        if (row.status().equals("refused")) {
            return List.of("No replica took it: %s.".formatted(row.outcome()));
        }
        return List.of(
                "The call was checked and its prompt tokenised.",
                reasons.dispatch(row.request())
                        .orElse(
                                "The choice of its replica is not in memory any more; the last 256 are."));
    }

    private List<String> loading(Part part) {
        var loads =
                changes.stream()
                        .filter(one -> one.kind().equals("adapter_loaded"))
                        .filter(one -> Objects.equals(one.adapter(), row.adapter()))
                        .filter(one -> !HistoryKey.time(one.key()).isBefore(part.from()))
                        .map(one -> {
                            var detail = JSON.readTree(one.detail());
                            return "Its adapter was not resident: %s were loaded into memory %s in %s (source: %s)."
                                    .formatted(
                                            FORMAT.bytes(detail.path("bytes").asLong(0)),
                                            one.place(),
                                            FORMAT.seconds(detail.path("seconds").asDouble(0)),
                                            detail.path("source").asString(""));
                        })
                        .limit(1)
                        .toList();
        return loads.isEmpty()
                ? List.of("It waited for its adapter, or for its turn to be given to the replica.")
                : loads;
    }

    private List<String> queued(Part part) {
        var sentences = new ArrayList<String>();
        sentences.add(
                row.begun() == null
                        ? "It waited for its first rows and for its first token; when its first rows were computed is not known."
                        : "It waited until replica %s computed its first rows."
                                .formatted(part.replica()));
        sentences.addAll(decisions(part));
        return sentences;
    }

    private List<String> decisions(Part part) {
        var replica = part.replica();
        var steps =
                replica == null
                        ? List.<String>of()
                        : reasons.steps(replica, part.from(), part.to());
        return steps.isEmpty() ? List.of(FORGOTTEN) : steps;
    }

    private List<String> prefill() {
        var usage = row.usage();
        int computed = usage.promptTokens() - usage.cachedTokens();
        return List.of(
                "%s of %s prompt tokens were computed, %s were in the prefix cache."
                        .formatted(
                                FORMAT.count(Math.max(0, computed)),
                                FORMAT.count(usage.promptTokens()),
                                FORMAT.count(usage.cachedTokens())));
    }

    private List<String> decode() {
        int tokens = row.usage().outputTokens();
        var first = row.times().firstToken();
        if (tokens < 2 || first == null) {
            return List.of();
        }
        double each = RequestLine.seconds(first, row.times().done()) / (tokens - 1);
        return List.of(
                "%s tokens, one in %s on average, interruptions included."
                        .formatted(FORMAT.count(tokens), FORMAT.seconds(each)));
    }

    private List<String> preempted(Part part) {
        var sentences = new ArrayList<String>();
        sentences.add(
                "Its KV blocks were given to an older request, as none were free. It waited, and its tokens were computed again.");
        var replica = part.replica();
        if (replica != null) {
            sentences.addAll(reasons.steps(replica, part.from(), part.from().plusMillis(1)));
        }
        return sentences;
    }

    private List<String> moved(Part part) {
        var sentences = new ArrayList<String>();
        moveEvent(part)
                .ifPresentOrElse(
                        detail ->
                                sentences.add(
                                        "It moved from replica %s to %s in %s, with %s of KV."
                                                .formatted(
                                                        detail.path("from").asString(""),
                                                        detail.path("to").asString(""),
                                                        FORMAT.seconds(
                                                                detail.path("seconds").asDouble(0)),
                                                        FORMAT.bytes(
                                                                detail.path("bytes").asLong(0)))),
                        () -> sentences.add("It moved to replica %s.".formatted(part.replica())));
        sentences.add(
                reasons.move(row.request(), part.from())
                        .map(move ->
                                move.gain() == null
                                        ? "The move was ordered by hand, or by a drain of its replica."
                                        : "The move was ordered by the rebalancer.")
                        .orElse(
                                "Who ordered the move is not in memory any more; the last 256 moves are."));
        return sentences;
    }

    private Optional<JsonNode> moveEvent(Part part) {
        return changes.stream()
                .filter(one -> one.kind().equals("request_moved"))
                .filter(one -> row.request().equals(one.request()))
                .map(one -> JSON.readTree(one.detail()))
                .filter(detail -> detail.path("to").asString("").equals(part.replica()))
                .findFirst();
    }

    /** Returns the seconds of each phase, in the order of the phases. */
    static Map<Phase, Double> sums(List<Part> parts) {
        var sums = new EnumMap<Phase, Double>(Phase.class);
        parts.forEach(part -> sums.merge(part.phase(), part.seconds(), Double::sum));
        return sums;
    }
}
