package org.dlora.console.requests;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.console.page.Formats;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;

/** Values of the page of an ended request. */
final class RequestView {
    private static final int SHOWN_TEXT = 100_000;

    private final RequestRecord row;
    private final RequestFound found;
    private final Administration administration;
    private final Reasons reasons;

    RequestView(RequestRecord row, RequestFound found, Administration administration) {
        this.row = row;
        this.found = found;
        this.administration = administration;
        reasons = Reasons.of(administration, Instant.now());
    }

    /**
     * A part of the request's time with its explanation.
     *
     * @param share of the whole time
     */
    record Line(Part part, double share, List<String> sentences) {}

    /**
     * A time in which its replica had the same weights.
     *
     * @param weights in words
     * @param why reason of the switch; empty if there was none
     */
    record WeightsLine(ModeSpan span, String weights, String why) {}

    Map<String, @Nullable Object> values() {
        var parts = Course.of(row);
        var ended = row.ended();
        var begin = ended.arrived();
        var done = ended.done();
        double whole = Math.max(RequestLine.seconds(begin, done), 1e-9);
        var modes = ModeSpan.of(parts, found.switches());
        var explanation = new Explanation(row, reasons, found.changes(), modes);
        var values = new HashMap<String, @Nullable Object>();
        values.put("row", ended);
        values.put("parameters", row.parameters());
        values.put("line", RequestLine.of(ended));
        values.put("shadow", found.shadow());
        values.put("whole", whole);
        values.put("slowest", slowest(parts, whole));
        values.put(
                "parts",
                parts.stream()
                        .map(part -> new Line(part, part.seconds() / whole, explanation.of(part)))
                        .toList());
        values.put("bars", bars(parts, begin, done));
        values.put("phases", parts.stream().map(Part::phase).distinct().sorted().toList());
        values.put("modes", modes.stream().map(this::line).toList());
        values.put("modeBars", modeBars(modes, begin, done));
        values.put("modesCut", found.switches().size() >= RequestFound.MOST);
        values.put("isCut", Course.isCut(row));
        values.putAll(steps());
        values.putAll(texts());
        return values;
    }

    /** Returns the sentence that answers why the request took its time. */
    private static String slowest(List<Part> parts, double whole) {
        return Explanation.sums(parts).entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(entry ->
                        "The longest part was %s: %s of %s."
                                .formatted(
                                        entry.getKey().label(),
                                        Formats.ALL.seconds(entry.getValue()),
                                        Formats.ALL.seconds(whole)))
                .orElse("");
    }

    private static List<Bar> bars(List<Part> parts, Instant begin, Instant done) {
        return parts.stream()
                .map(part ->
                        Bar.of(
                                begin,
                                done,
                                part.from(),
                                part.to(),
                                part.phase().css(),
                                "%s: %s"
                                        .formatted(
                                                part.phase().label(),
                                                Formats.ALL.seconds(part.seconds()))))
                .toList();
    }

    private WeightsLine line(ModeSpan span) {
        return new WeightsLine(span, span.words(reasons), span.sentence(reasons));
    }

    private List<Bar> modeBars(List<ModeSpan> modes, Instant begin, Instant done) {
        var bars = new ArrayList<Bar>();
        for (var span : modes) {
            var title = "replica %s: %s".formatted(span.replica(), span.words(reasons));
            bars.add(Bar.of(begin, done, span.from(), span.to(), span.css(), title));
        }
        return bars;
    }

    private Map<String, ?> steps() {
        var ended = row.ended();
        double all = ended.unmergedSteps() + ended.mergedSteps() + ended.mixedSteps();
        return Map.of(
                "steps",
                (long) all,
                "unmergedShare",
                ended.unmergedSteps() / Math.max(all, 1),
                "mergedShare",
                ended.mergedSteps() / Math.max(all, 1),
                "mixedShare",
                ended.mixedSteps() / Math.max(all, 1));
    }

    /** Returns prompt and answer, unless they are not kept. */
    private Map<String, ?> texts() {
        var text = row.text();
        if (text == null) {
            return Map.of();
        }
        var prompt = administration.models().base().tokenizer().decode(text.prompt(), false);
        return Map.of("prompt", cut(prompt), "answer", cut(text.answer()));
    }

    private static String cut(String text) {
        return text.length() <= SHOWN_TEXT
                ? text
                : text.substring(0, SHOWN_TEXT)
                        + "… (%d more characters)".formatted(text.length() - SHOWN_TEXT);
    }
}
