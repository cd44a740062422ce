package org.dlora.console.requests;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.cluster.facts.RefusalCode;
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
            "The decisions of these steps are not in memory any more; the last 256 of each replica are, and one a second of ten minutes before.";

    private final EndedRequest row;
    private final Reasons reasons;
    private final List<EventRecord> changes;
    private final Interruptions interruptions;
    private final OtherMerges otherMerges;

    /**
     * @param changes loads of the request's adapter, and moves, in its time
     * @param modes weights of its replicas in its time
     */
    Explanation(
            RequestRecord row, Reasons reasons, List<EventRecord> changes, List<ModeSpan> modes) {
        this.row = row.ended();
        this.reasons = reasons;
        this.changes = changes;
        otherMerges = new OtherMerges(row.ended(), modes, reasons);
        interruptions = new Interruptions(row, reasons, changes);
    }

    /** Returns the sentences on a part. */
    List<String> of(Part part) {
        return switch (part.phase()) {
            case RECEIVED -> received();
            case LOADING -> loading(part);
            case QUEUED -> with(queued(part), interruptions.refused(part));
            case PREFILL -> with(prefill(), found(part));
            case DECODE -> with(with(decode(part), steps(part)), found(part));
            case PREEMPTED -> with(interruptions.preempted(part), interruptions.refused(part));
            case MOVED -> interruptions.moved(part);
            case RESCUED -> interruptions.rescued(part);
        };
    }

    private static List<String> with(List<String> sentences, List<String> more) {
        return Stream.concat(sentences.stream(), more.stream()).toList();
    }

    /** Returns the delay of a part while its tokens were computed. */
    private List<String> found(Part part) {
        return with(interruptions.refused(part), otherMerges.in(part).stream().toList());
    }

    private List<String> received() {
        if (row.status().equals("refused")) {
            return List.of("No replica took it: %s.".formatted(refusal(row.outcome())));
        }
        return List.of(
                "The call was checked and its prompt tokenised.",
                reasons.dispatch(row.id())
                        .orElse(
                                "The choice of its replica is not in memory any more; the last 256 are."));
    }

    /** Returns the words of a refusal, or its code if it is one of a later version. */
    private static String refusal(String code) {
        for (var known : RefusalCode.values()) {
            if (known.name().toLowerCase(Locale.ROOT).equals(code)) {
                return switch (known) {
                    case QUEUE_FULL -> "too many requests were waiting";
                    case UNKNOWN_ADAPTER -> "no served adapter had that name, or not any more";
                    case INVALID ->
                            "it can never be served, as its prompt is too long or its id was in use";
                    case UNAVAILABLE -> "no replica took requests";
                    case DEFECT -> "the server has a defect; its log says more";
                };
            }
        }
        return code;
    }

    private List<String> loading(Part part) {
        return changes.stream()
                .filter(one -> isItsLoad(one, part))
                .map(one -> {
                    var detail = JSON.readTree(one.detail());
                    return "Its adapter was not resident: %s were loaded into memory %s in %s (source: %s)."
                            .formatted(
                                    FORMAT.bytes(detail.path("bytes").asLong(0)),
                                    one.place(),
                                    FORMAT.seconds(loadSeconds(detail)),
                                    detail.path("source").asString(""));
                })
                .findFirst()
                .map(List::of)
                .orElse(
                        List.of(
                                "It waited for its adapter, or for its turn to be given to the replica."));
    }

    /**
     * Returns whether a change is the load that the request waited for: of its weights, into the
     * memory of its replica, at the time of the wait.
     */
    private boolean isItsLoad(EventRecord change, Part wait) {
        var replica = wait.replica();
        if (!change.kind().equals("adapter_loaded")
                || !Objects.equals(change.adapter(), row.adapter())
                || replica == null
                || !reasons.memory(replica)
                        .filter(name -> name.equals(change.place()))
                        .isPresent()) {
            return false;
        }
        var detail = JSON.readTree(change.detail());
        var end = HistoryKey.time(change.key());
        var begin = end.minusNanos((long) (1e9 * loadSeconds(detail)));
        return Objects.equals(detail.path("version").asString(null), row.weightsHash())
                && !end.isBefore(wholeMillis(wait.from()))
                && begin.isBefore(wait.to());
    }

    private static double loadSeconds(JsonNode detail) {
        return detail.path("seconds").asDouble(0);
    }

    /** Returns a time as keys of the history have it. */
    static Instant wholeMillis(Instant time) {
        return time.truncatedTo(ChronoUnit.MILLIS);
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
        var steps = steps(part);
        return steps.isEmpty() ? List.of(FORGOTTEN) : steps;
    }

    /** Returns the decisions on the replica's steps in a part; empty if none are kept. */
    private List<String> steps(Part part) {
        var replica = part.replica();
        return replica == null ? List.of() : reasons.steps(replica, part.from(), part.to());
    }

    private List<String> prefill() {
        int computed = row.promptTokens() - row.cachedTokens();
        return List.of(
                "%s of %s prompt tokens were computed, %s were in the prefix cache."
                        .formatted(
                                FORMAT.count(Math.max(0, computed)),
                                FORMAT.count(row.promptTokens()),
                                FORMAT.count(row.cachedTokens())));
    }

    /** Returns figures of all tokens on the last part, and where they are on the others. */
    private List<String> decode(Part part) {
        int tokens = row.outputTokens();
        var first = row.firstToken();
        if (part.to().isBefore(row.done())) {
            return List.of(
                    "Its tokens were computed until the next part; its last part has figures of all.");
        }
        if (tokens < 2 || first == null) {
            return List.of();
        }
        double each = RequestLine.seconds(first, row.done()) / (tokens - 1);
        return List.of(
                "%s tokens, one in %s on average, interruptions included."
                        .formatted(FORMAT.count(tokens), FORMAT.seconds(each)));
    }

    /** Returns the seconds of each phase, in the order of the phases. */
    static Map<Phase, Double> sums(List<Part> parts) {
        var sums = new EnumMap<Phase, Double>(Phase.class);
        parts.forEach(part -> sums.merge(part.phase(), part.seconds(), Double::sum));
        return sums;
    }
}
