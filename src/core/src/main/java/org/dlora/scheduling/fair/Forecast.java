package org.dlora.scheduling.fair;

import java.util.HashMap;
import java.util.Map;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Batch;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotIndex;

/**
 * The predicted tokens per second of a mode, for as long as the backlog lasts.
 *
 * <p>A decode step of n sequences takes t. For each output token there are φ prompt tokens to come,
 * each of which takes τ. The mode lasts K steps, in which the merged adapter's present requests are
 * answered if answers are as long as those so far. Building and switching take s once. So n tokens
 * take {@code t + n·φ·τ + s/K}.
 *
 * <p>Two modes compared that way, with φ = 0, give dLoRA's break-even in closed form. Merging h
 * pays if its share of the batch is above {@code ρ·(1 + s/(K·t))}.
 */
final class Forecast {
    /** Expected tokens of an answer before the first one is finished. */
    private static final double UNSEEN_ANSWER = 64;

    /** Prompt rows in the step from which τ is predicted. */
    private static final int PREFILL_ROWS = 128;

    private final Snapshot snapshot;
    private final SnapshotIndex index;
    private final DloraSettings settings;
    private final Map<AdapterRef, Double> remaining = new HashMap<>();
    private final double promptShare;

    /**
     * Predicted rate of a candidate.
     *
     * @param step seconds of one step
     * @param merge seconds of building still to come
     * @param horizon seconds that the backlog lasts
     */
    record Rate(double tokensPerSecond, double step, double merge, double horizon) {}

    /** Rate of a candidate that is not compared. */
    static final Rate NONE = new Rate(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    Forecast(SnapshotIndex index, DloraSettings settings) {
        this.settings = settings;
        this.index = index;
        snapshot = index.snapshot();
        double typical = snapshot.outputs().mean(UNSEEN_ANSWER);
        double prompts = 0;
        for (var key : index.working()) {
            var backlog = index.get(key).backlog();
            double mean = index.get(key).outputs().mean(typical);
            double its = backlog.unfinished() * mean;
            for (var sequence : index.sequences(key)) {
                its += left(sequence, mean) - mean;
            }
            remaining.put(key, its);
            prompts += backlog.waitingTokens();
        }
        for (var sequence : index.holders()) {
            prompts += sequence.pending() - 1;
        }
        double outputs = remaining.values().stream().mapToDouble(Double::doubleValue).sum();
        promptShare = outputs > 0 ? prompts / outputs : 0;
    }

    /**
     * Returns the expected output tokens still to come; the longer the answer, the less is known.
     */
    private static double left(SequenceView sequence, double mean) {
        var request = sequence.request();
        int output = Math.max(0, sequence.tokens() - request.promptTokens());
        int most = Math.max(1, request.maxOutput() - output);
        return Math.min(most, Math.max(mean - output, mean / 4));
    }

    /** Returns the rate of a batch in which no sequence is paused for the mode. */
    Rate of(Mode mode, Batch batch) {
        return rate(cycle(mode, batch), mode, batch, 0, 0, Double.POSITIVE_INFINITY);
    }

    /**
     * Returns the rate of a batch beside paused sequences. No sequence may be paused for long, so
     * each step of the batch has to be followed by one of theirs. The rate is that of both steps.
     *
     * @param paused batch of a step with all sequences that do not run in this one
     * @param room service after which the mode ends at the latest
     */
    Rate alone(Mode mode, Batch batch, Batch paused, double room) {
        double theirs = paused.size() == 0 ? 0 : cycle(Mode.unmerged(), paused).seconds();
        return rate(cycle(mode, batch), mode, batch, paused.size(), theirs, room);
    }

    /**
     * A decode step and its part of the prompt tokens.
     *
     * @param seconds of the step and of the prompt tokens for each of its output tokens
     */
    private record Cycle(double step, double seconds) {}

    private Cycle cycle(Mode mode, Batch batch) {
        int rows = Math.max(2, PREFILL_ROWS / Math.max(1, batch.size()));
        double step = snapshot.costs().step(batch.decode(index::lora, mode));
        double prefill = snapshot.costs().step(batch.prefill(rows, index::lora, mode));
        double promptRow = batch.size() == 0 ? 0 : prefill / (rows * batch.size());
        return new Cycle(step, step + batch.size() * promptShare * promptRow);
    }

    private Rate rate(Cycle cycle, Mode mode, Batch batch, int others, double theirs, double room) {
        double merge = mergeSeconds(mode);
        double once = merge + switchSeconds(mode);
        double perStepService =
                batch.size() * (settings.outputWeight() + settings.promptWeight() * promptShare);
        double steps =
                Math.max(1, Math.min(steps(mode, batch), room / Math.max(1, perStepService)));
        return new Rate(
                (batch.size() + others) / (cycle.seconds() + theirs + once / steps),
                cycle.step(),
                merge,
                steps * cycle.seconds() + once);
    }

    private double switchSeconds(Mode mode) {
        var merge = snapshot.merge();
        return mode.equals(merge.mode()) ? 0 : merge.switchSeconds();
    }

    private double mergeSeconds(Mode mode) {
        return switch (mode) {
            case Mode.Unmerged() -> 0;
            case Mode.Merged(var adapter) ->
                    snapshot.merge().remaining(mode)
                            * snapshot.costs().merge(index.get(AdapterRef.of(adapter)).lora());
        };
    }

    private double steps(Mode mode, Batch batch) {
        return switch (mode) {
            case Mode.Unmerged() ->
                    remaining.values().stream().mapToDouble(Double::doubleValue).sum()
                            / Math.max(1, batch.size());
            case Mode.Merged(var id) -> {
                var adapter = AdapterRef.of(id);
                yield remaining.getOrDefault(adapter, 0.0) / Math.max(1, batch.count(adapter));
            }
        };
    }
}
