package org.dlora.console.requests;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.console.decisions.RuleWords;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A time in which a replica had the same weights.
 *
 * @param mode {@code unmerged}, or {@code merged(ID)}
 * @param why reason of the switch to it; empty if it was before the request
 */
record ModeSpan(String replica, String mode, Instant from, Instant to, String why) {
    private static final JsonMapper JSON = new JsonMapper();

    /** Returns the id of the merged adapter; empty if none was. */
    Optional<String> merged() {
        return RuleWords.merged(mode);
    }

    /** Returns how much of a part it took. */
    double secondsWithin(Part part) {
        var begin = from.isAfter(part.from()) ? from : part.from();
        var end = to.isBefore(part.to()) ? to : part.to();
        return Math.max(0, RequestLine.seconds(begin, end));
    }

    /** Returns how many seconds after {@code begin} it began. */
    public double after(Instant begin) {
        return RequestLine.seconds(begin, from);
    }

    /** Returns the weights in words, with names in the place of ids. */
    String words(Reasons reasons) {
        return reasons.mode(mode);
    }

    /** Returns why they were switched to, as a sentence; empty if they were so before. */
    String sentence(Reasons reasons) {
        return why.isEmpty() ? "" : reasons.sentence(why);
    }

    /** Returns the class of its bar. */
    public String css() {
        return mode.startsWith("merged") ? "merged" : "unmerged";
    }

    public double seconds() {
        return RequestLine.seconds(from, to);
    }

    /**
     * Returns the modes along a request.
     *
     * @param switches of the replicas' weights in its time, in any order
     */
    static List<ModeSpan> of(List<Part> parts, List<EventRecord> switches) {
        var spans = new ArrayList<ModeSpan>();
        var inOrder = switches.stream().sorted(Comparator.comparingLong(EventRecord::key)).toList();
        for (var stay : stays(parts)) {
            var own =
                    inOrder.stream()
                            .filter(one -> String.valueOf(stay.replica()).equals(one.place()))
                            .toList();
            add(spans, stay, own);
        }
        return spans;
    }

    private static void add(List<ModeSpan> spans, Part stay, List<EventRecord> switches) {
        var at = stay.from();
        var mode = "";
        var why = "";
        for (var one : switches) {
            var detail = JSON.readTree(one.detail());
            var when = HistoryKey.time(one.key());
            if (mode.isEmpty()) {
                mode = text(detail, "from");
            }
            if (when.isAfter(at) && when.isBefore(stay.to())) {
                spans.add(new ModeSpan(String.valueOf(stay.replica()), mode, at, when, why));
                at = when;
            }
            if (when.isBefore(stay.to())) {
                mode = text(detail, "to");
                why = text(detail, "why");
            }
        }
        if (!mode.isEmpty()) {
            spans.add(new ModeSpan(String.valueOf(stay.replica()), mode, at, stay.to(), why));
        }
    }

    private static String text(JsonNode detail, String name) {
        return detail.path(name).asString("");
    }

    /** Returns the times that the request had a replica, one after another. */
    private static List<Part> stays(List<Part> parts) {
        var stays = new ArrayList<Part>();
        for (var part : parts) {
            var last = stays.isEmpty() ? null : stays.getLast();
            if (part.replica() == null) {
                continue;
            }
            if (last != null && part.replica().equals(last.replica())) {
                stays.set(
                        stays.size() - 1,
                        new Part(last.phase(), last.from(), part.to(), last.replica()));
            } else {
                stays.add(part);
            }
        }
        return stays;
    }
}
