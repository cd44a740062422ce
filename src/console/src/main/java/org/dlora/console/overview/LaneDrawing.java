package org.dlora.console.overview;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.dlora.cluster.samples.ReplicaSample;
import org.dlora.cluster.samples.SampleState;
import org.dlora.console.overview.TimelinePicture.Run;
import org.jspecify.annotations.Nullable;

/**
 * Drawing of one replica's samples. Samples of one slot are drawn as one, so that many lanes stay
 * cheap; slots begin at whole multiples, so that a picture only moves from second to second.
 */
final class LaneDrawing {
    /**
     * Longest pause between two samples that belong together. A machine at its limit takes some
     * late, and what happened meanwhile counts to them.
     */
    private static final Duration LONGEST_STEP = Duration.ofSeconds(10);

    /** Width of the lanes that labels are fitted to, pixels. */
    private static final double WIDTH = 750;

    private static final double LETTER = 6.6;

    private final Instant begin;
    private final List<Slot> slots;

    /**
     * Samples in a row that are drawn as one.
     *
     * @param from before the first of them
     * @param waiting most of them
     */
    private record Slot(
            Instant from,
            Instant to,
            SampleState state,
            @Nullable String adapter,
            int waiting,
            long tokens) {
        boolean continues(Slot before) {
            return from.equals(before.to)
                    && state == before.state
                    && Objects.equals(adapter, before.adapter);
        }
    }

    private record Look(SampleState state, @Nullable String adapter) {}

    /**
     * @param now end of the picture
     * @param slotSeconds length of a slot
     */
    LaneDrawing(List<ReplicaSample> samples, Instant now, int slotSeconds) {
        begin = now.minusSeconds(TimelinePicture.SECONDS);
        slots = slots(samples, slotSeconds);
    }

    private List<Slot> slots(List<ReplicaSample> samples, int slotSeconds) {
        var found = new ArrayList<Slot>();
        var group = new ArrayList<ReplicaSample>();
        Instant end = Instant.MIN;
        for (var sample : samples) {
            boolean isApart =
                    group.isEmpty()
                            || sample.at().isAfter(end.plus(LONGEST_STEP))
                            || slot(group.getFirst(), slotSeconds) != slot(sample, slotSeconds);
            if (isApart) {
                add(group, found);
            }
            group.add(sample);
            end = sample.at();
        }
        add(group, found);
        return found;
    }

    private static long slot(ReplicaSample sample, int slotSeconds) {
        return Math.floorDiv(sample.at().getEpochSecond(), slotSeconds);
    }

    private static void add(List<ReplicaSample> group, List<Slot> slots) {
        if (group.isEmpty()) {
            return;
        }
        var first = group.getFirst().at();
        var before = slots.isEmpty() ? Instant.MIN : slots.getLast().to;
        boolean follows = !slots.isEmpty() && !first.isAfter(before.plus(LONGEST_STEP));
        var look = most(group);
        slots.add(
                new Slot(
                        follows ? before : first.minusSeconds(1),
                        group.getLast().at(),
                        look.state,
                        look.adapter,
                        group.stream().mapToInt(ReplicaSample::waiting).max().orElse(0),
                        group.stream().mapToLong(ReplicaSample::tokens).sum()));
        group.clear();
    }

    private static Look most(List<ReplicaSample> group) {
        var counts = new LinkedHashMap<Look, Integer>();
        group.forEach(one -> counts.merge(new Look(one.state(), one.adapter()), 1, Integer::sum));
        return counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    }

    /** Returns the lane's coloured parts. */
    List<Run> runs(boolean hasLabels) {
        var runs = new ArrayList<Run>();
        for (int i = 0; i < slots.size(); ) {
            int end = i + 1;
            while (end < slots.size() && slots.get(end).continues(slots.get(end - 1))) {
                end++;
            }
            runs.add(run(slots.subList(i, end), hasLabels));
            i = end;
        }
        return runs;
    }

    private Run run(List<Slot> run, boolean hasLabels) {
        var first = run.getFirst();
        double from = Math.max(0, second(first.from));
        double to = second(run.getLast().to);
        int waiting = run.stream().mapToInt(Slot::waiting).max().orElse(0);
        long tokens = run.stream().mapToLong(Slot::tokens).sum();
        var label = hasLabels ? label(first, to - from) : null;
        var title =
                "%s for %d s, until %d s ago; %d output tokens, up to %d waiting"
                        .formatted(
                                words(first),
                                Math.round(to - from),
                                Math.round(TimelinePicture.SECONDS - to),
                                tokens,
                                waiting);
        return new Run(percent(from), percent(to - from), first.state.label(), label, title);
    }

    private static @Nullable String label(Slot slot, double seconds) {
        boolean isMerged = slot.state == SampleState.MERGED || slot.state == SampleState.MIXED;
        if (!isMerged || slot.adapter == null) {
            return null;
        }
        double room = seconds / TimelinePicture.SECONDS * WIDTH - 8;
        return slot.adapter.length() * LETTER <= room ? slot.adapter : null;
    }

    private static String words(Slot slot) {
        return switch (slot.state) {
            case AWAY -> "Not serving";
            case IDLE -> slot.adapter == null ? "Idle" : "Idle, merged with " + slot.adapter;
            case UNMERGED -> "Unmerged";
            case MERGED -> "Merged with " + slot.adapter;
            case MIXED -> "Mixed: merged with " + slot.adapter + ", others beside it";
        };
    }

    /**
     * Returns the line of the queue.
     *
     * @param bottom y of an empty queue
     * @param top y of {@code peak} waiting requests
     */
    String queue(double bottom, double top, int peak) {
        var path = new StringBuilder();
        Instant end = Instant.MIN;
        int last = -1;
        for (var slot : slots) {
            var y = number(bottom - (bottom - top) * Math.min(slot.waiting, peak) / peak);
            if (!slot.from.equals(end)) {
                path.append('M')
                        .append(number(Math.max(0, second(slot.from))))
                        .append(' ')
                        .append(y);
            } else if (slot.waiting != last) {
                path.append('V').append(y);
            }
            path.append('H').append(number(second(slot.to)));
            end = slot.to;
            last = slot.waiting;
        }
        return path.toString();
    }

    private double second(Instant at) {
        return seconds(begin, at);
    }

    static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toMillis() / 1e3;
    }

    /** Returns seconds as a share of the width. */
    static String percent(double seconds) {
        return String.format(Locale.ROOT, "%.2f%%", 100 * seconds / TimelinePicture.SECONDS);
    }

    static String number(double value) {
        var text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
