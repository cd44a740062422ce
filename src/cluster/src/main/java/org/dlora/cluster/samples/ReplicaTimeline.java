package org.dlora.cluster.samples;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * The last seconds of a replica.
 *
 * @param device with the number of its threads
 * @param samples at most 300, the oldest first; one that is taken late covers the time since the
 *     one before
 * @param mode of the weights now
 * @param merged name of the adapter in the weights, null if there is none
 * @param modeSince the second at which the weights were first seen in this mode
 * @param ttft median seconds to the first token of the requests that ended in the last minute, null
 *     if there were none
 * @param tpot median seconds per output token after the first, likewise
 */
public record ReplicaTimeline(
        String replica,
        String device,
        List<ReplicaSample> samples,
        Mode mode,
        @Nullable String merged,
        Instant modeSince,
        @Nullable Double ttft,
        @Nullable Double tpot) {
    public ReplicaTimeline {
        samples = List.copyOf(samples);
    }

    /** Returns the name in an adapter's id, which is followed by the number of the registration. */
    public static String name(String id) {
        int end = id.lastIndexOf('#');
        return end < 1 ? id : id.substring(0, end);
    }

    /** Returns the newest sample; empty before the first. */
    public Optional<ReplicaSample> latest() {
        return samples.isEmpty() ? Optional.empty() : Optional.of(samples.getLast());
    }

    /**
     * Returns the output tokens per second over the last {@code count} samples, which are of a
     * second each, or longer where one was taken late.
     */
    public double tokensPerSecond(int count) {
        int from = Math.max(0, samples.size() - count);
        if (samples.isEmpty()) {
            return 0;
        }
        var begin =
                from == 0 ? samples.getFirst().at().minusSeconds(1) : samples.get(from - 1).at();
        var seconds = Duration.between(begin, samples.getLast().at()).toMillis() / 1e3;
        var tokens =
                samples.subList(from, samples.size()).stream()
                        .mapToLong(ReplicaSample::tokens)
                        .sum();
        return tokens / Math.max(seconds, 1e-3);
    }
}
