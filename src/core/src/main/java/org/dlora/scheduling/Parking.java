package org.dlora.scheduling;

import java.util.List;
import java.util.Locale;

/**
 * The decision on the KV of a paused sequence whose blocks others need: it is parked in host
 * memory, or dropped and recomputed later. It is parked if copying it out and in takes less time
 * than computing its tokens again, as with the swapping of vLLM (Kwon et al., 2023, §4.5).
 *
 * <p>A device whose memory is the host's parks nothing: a copy there takes the same memory.
 *
 * @param isParked whether the KV is parked
 * @param copySeconds predicted time of copying it out and in
 * @param recomputeSeconds predicted time of computing its tokens again
 * @param why a sentence without a full stop
 */
public record Parking(boolean isParked, double copySeconds, double recomputeSeconds, String why) {
    private static final double MB = 1 << 20;

    /**
     * Decides on one sequence.
     *
     * @param hostBytes free bytes for parked KV on the host
     * @param costs of steps on the device
     * @param limits of its steps
     */
    public static Parking of(
            PausedKv kv, HostLink link, long hostBytes, CostModel costs, StepLimits limits) {
        double recompute = recompute(kv, costs, limits);
        if (!link.isApart()) {
            return new Parking(
                    false, 0, recompute, "is recomputed: the device's memory is the host's");
        }
        double copy = link.thereAndBack(kv.bytes());
        if (kv.bytes() > hostBytes) {
            return new Parking(
                    false,
                    copy,
                    recompute,
                    String.format(
                            Locale.ROOT,
                            "is recomputed: its KV has %.1f MB, and %.1f MB are free on the host",
                            kv.bytes() / MB,
                            hostBytes / MB));
        }
        boolean isParked = copy < recompute;
        return new Parking(
                isParked,
                copy,
                recompute,
                String.format(
                        Locale.ROOT,
                        "is %s: its KV takes %.2g s out and in again, and %.2g s to recompute",
                        isParked ? "parked" : "recomputed",
                        copy,
                        recompute));
    }

    /**
     * Returns the predicted seconds by which recomputing lengthens steps. It runs in chunks of at
     * most a step's rows, beside other sequences. So the time that a step takes without rows does
     * not count.
     */
    private static double recompute(PausedKv kv, CostModel costs, StepLimits limits) {
        double empty = costs.step(new StepShape(0, 0, 0, 0, List.of()));
        double seconds = 0;
        for (int done = 0; done < kv.own(); done += limits.maxTokens()) {
            int rows = Math.min(limits.maxTokens(), kv.own() - done);
            seconds += Math.max(0, costs.step(chunk(kv.shared() + done, rows, kv.lora())) - empty);
        }
        return seconds;
    }

    private static StepShape chunk(int first, int rows, LoraFacts lora) {
        long context = (long) rows * first + (long) rows * (rows + 1) / 2;
        var groups =
                lora.elements() == 0
                        ? List.<StepShape.Group>of()
                        : List.of(new StepShape.Group(lora, rows));
        return rows == 1
                ? new StepShape(0, 1, context, 0, groups)
                : new StepShape(rows, 0, 0, context, groups);
    }
}
