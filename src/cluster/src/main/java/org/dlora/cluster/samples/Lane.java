package org.dlora.cluster.samples;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.dlora.cluster.facts.RequestTimes;
import org.dlora.replica.request.StepKind;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/** Samples of one replica, and the latencies of its last requests. Thread-safe. */
final class Lane {
    /** Time over which latencies are taken. */
    static final Duration RECENT = Duration.ofMinutes(1);

    /** Requests whose latencies are kept. */
    static final int MOST_REQUESTS = 256;

    final StepTally tally = new StepTally();
    private final Deque<ReplicaSample> samples = new ArrayDeque<>();
    private final Deque<Latency> latencies = new ArrayDeque<>();
    private @Nullable ReplicaReading last;
    private Instant modeSince = Instant.EPOCH;

    /**
     * Latencies of a request.
     *
     * @param tpot null for an answer of one token
     */
    private record Latency(Instant at, double ttft, @Nullable Double tpot) {}

    /** Adds the second that ends at {@code now}. */
    synchronized void sample(ReplicaReading reading, Instant now) {
        var steps = tally.take();
        if (last == null || !last.mode().equals(reading.mode())) {
            modeSince = now;
        }
        last = reading;
        var load = reading.load();
        samples.addLast(
                new ReplicaSample(
                        now,
                        state(reading, steps.weights()),
                        adapter(reading, steps.weights()),
                        load.running(),
                        load.waiting() + reading.waitingForAdapters(),
                        load.totalBlocks() - load.freeBlocks(),
                        load.totalBlocks(),
                        steps.tokens(),
                        steps.steps()));
        if (samples.size() > ClusterSamples.SECONDS) {
            samples.removeFirst();
        }
        var oldest = now.minusSeconds(ClusterSamples.SECONDS);
        samples.removeIf(sample -> !sample.at().isAfter(oldest));
    }

    private static SampleState state(ReplicaReading reading, StepTally.@Nullable Weights weights) {
        if (!reading.isServing()) {
            return SampleState.AWAY;
        }
        if (weights != null) {
            return of(weights.kind());
        }
        return reading.takesRequests() ? SampleState.IDLE : SampleState.AWAY;
    }

    private static SampleState of(StepKind kind) {
        return switch (kind) {
            case UNMERGED -> SampleState.UNMERGED;
            case MERGED -> SampleState.MERGED;
            case MIXED -> SampleState.MIXED;
        };
    }

    /** Returns the name of the adapter that the steps ran in; without steps that of the weights. */
    private static @Nullable String adapter(
            ReplicaReading reading, StepTally.@Nullable Weights weights) {
        if (weights == null) {
            return merged(reading.mode());
        }
        return weights.adapter() == null ? null : ReplicaTimeline.name(weights.adapter());
    }

    private static @Nullable String merged(Mode mode) {
        return mode instanceof Mode.Merged(var id) ? ReplicaTimeline.name(id) : null;
    }

    /** Adds the latencies of a request that has ended. */
    synchronized void ended(RequestTimes times, int tokens) {
        var first = times.firstToken();
        if (first == null) {
            return;
        }
        latencies.addLast(
                new Latency(
                        times.done(),
                        seconds(times.arrived(), first),
                        tokens < 2 ? null : seconds(first, times.done()) / (tokens - 1)));
        if (latencies.size() > MOST_REQUESTS) {
            latencies.removeFirst();
        }
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e9;
    }

    /** Returns the last seconds; null before the first sample. */
    synchronized @Nullable ReplicaTimeline timeline(Instant now) {
        var reading = last;
        if (reading == null) {
            return null;
        }
        return new ReplicaTimeline(
                reading.replica(),
                reading.device(),
                List.copyOf(samples),
                reading.mode(),
                merged(reading.mode()),
                modeSince,
                median(now, Latency::ttft),
                median(now, Latency::tpot));
    }

    private @Nullable Double median(Instant now, Function<Latency, @Nullable Double> value) {
        var oldest = now.minus(RECENT);
        var values = new ArrayList<Double>();
        for (var latency : latencies) {
            var one = value.apply(latency);
            if (one != null && latency.at.isAfter(oldest)) {
                values.add(one);
            }
        }
        values.sort(null);
        return values.isEmpty() ? null : values.get(values.size() / 2);
    }
}
