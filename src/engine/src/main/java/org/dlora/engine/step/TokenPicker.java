package org.dlora.engine.step;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.ToIntFunction;
import org.dlora.constraint.MaskBudget;
import org.dlora.constraint.MaskPostponedException;
import org.dlora.device.Operations;
import org.dlora.engine.sampling.LogSoftmax;
import org.dlora.engine.sampling.Sampler;
import org.dlora.engine.sampling.SamplingState;
import org.dlora.engine.sampling.TopLogits;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * Draws the tokens of a step and reports the log-probabilities that were asked for. Rows are
 * independent of each other, so all threads of the replica take part. Greedy rows never leave the
 * device, and of those that top_k decides only the largest logits do.
 */
final class TokenPicker {
    private final ModelRunner runner;
    private final long maskWork;
    private final Queue<Sampler> idle = new ConcurrentLinkedQueue<>();

    /**
     * Result of a row.
     *
     * @param token that was drawn; negative if it is drawn in a later step, and for a row of a
     *     prompt
     * @param failure why there is no result, null if there is one
     */
    record Pick(int token, @Nullable TokenLogprobs logprobs, @Nullable Throwable failure) {}

    /** Row to read: the prompt's logit row {@code promptRow} of a part, or -1 to draw from. */
    private record Wanted(int row, StepBatch.Part part, int promptRow) {
        int postponements() {
            return promptRow < 0 ? part.output().sampling().postponements() : 0;
        }
    }

    /**
     * @param maskWork budget of each step for masks
     */
    TokenPicker(ModelRunner runner, long maskWork) {
        this.runner = runner;
        this.maskWork = maskWork;
    }

    /** Returns a pick for each of the step's logit rows. */
    Pick[] pick(StepBatch batch) {
        var picks = new Pick[batch.logitRows().length];
        var wanted = new ArrayList<Wanted>();
        var greedy = new ArrayList<Wanted>();
        var top = new ArrayList<Wanted>();
        for (var part : batch.parts()) {
            for (int i = 0; i < part.chunk().promptLogits(); i++) {
                wanted.add(new Wanted(part.firstLogits() + i, part, i));
            }
            if (part.chunk().samples()) {
                var rows =
                        part.output().request().isPlainGreedy()
                                ? greedy
                                : topK(part.output()) > 0 ? top : wanted;
                rows.add(new Wanted(part.sampledLogits(), part, -1));
            }
        }
        wanted.addAll(pickLargest(greedy, picks));
        wanted.addAll(pickAmongLargest(top, picks));
        if (!wanted.isEmpty()) {
            shareMaskWork(wanted);
            runner.forEach(
                    rows(wanted),
                    (index, logits) -> {
                        var one = wanted.get(index);
                        picks[one.row()] = pick(one, logits);
                    });
        }
        return picks;
    }

    /**
     * Gives the rows a budget for masks, in the order of how long they were postponed. The first
     * one may exceed it, so it gets its mask, and none is postponed by more steps than there are
     * constrained sequences.
     */
    private void shareMaskWork(List<Wanted> wanted) {
        wanted.sort(comparingInt(Wanted::postponements).reversed());
        var masks = new MaskBudget(maskWork);
        var budget = masks.exceeding();
        for (var one : wanted) {
            var sampling = one.part().output().sampling();
            if (one.promptRow() < 0 && sampling.isConstrained()) {
                sampling.within(budget);
                budget = masks;
            }
        }
    }

    /**
     * Returns the rows for the sampler: no logit is the largest, or its token must not come yet.
     */
    private List<Wanted> pickLargest(List<Wanted> greedy, Pick[] picks) {
        var rest = new ArrayList<Wanted>();
        if (greedy.isEmpty()) {
            return rest;
        }
        var tokens = new int[greedy.size()];
        runner.argMax(rows(greedy), tokens);
        for (int i = 0; i < tokens.length; i++) {
            var one = greedy.get(i);
            try {
                if (tokens[i] < 0 || !one.part().output().sampling().mayCome(tokens[i])) {
                    rest.add(one);
                } else {
                    picks[one.row()] = new Pick(tokens[i], null, null);
                }
            } catch (RuntimeException | Error e) { // It concerns the one sequence.
                picks[one.row()] = new Pick(-1, null, e);
            }
        }
        return rest;
    }

    /** Returns how many of the largest logits decide the next token; 0 if all logits do. */
    private int topK(RequestOutput output) {
        int k = output.sampling().topKAlone();
        boolean isSmall = k < Math.min(Operations.MAX_LARGEST, runner.vocabSize());
        return isSmall && output.request().logprobs() < 0 ? k : 0;
    }

    /** Returns the rows for the sampler of whole rows: their largest logits do not decide. */
    private List<Wanted> pickAmongLargest(List<Wanted> top, Pick[] picks) {
        var rest = new ArrayList<Wanted>();
        if (top.isEmpty()) {
            return rest;
        }
        // One more than top_k shows whether others equal the last one.
        int k = 1 + top.stream().mapToInt(one -> topK(one.part().output())).max().orElseThrow();
        var tokens = new int[top.size() * k];
        var logits = new float[tokens.length];
        runner.largest(rows(top), k, tokens, logits);
        for (int i = 0; i < top.size(); i++) {
            var one = top.get(i);
            var output = one.part().output();
            TopLogits.of(tokens, logits, i * k, topK(output))
                    .ifPresentOrElse(
                            largest -> picks[one.row()] = pick(output.sampling(), largest),
                            () -> rest.add(one));
        }
        return rest;
    }

    private Pick pick(SamplingState state, TopLogits top) {
        try {
            return new Pick(with(sampler -> sampler.sample(top, state)), null, null);
        } catch (RuntimeException | Error e) {
            return new Pick(-1, null, e);
        }
    }

    private Pick pick(Wanted wanted, float[] logits) {
        var output = wanted.part().output();
        var request = output.request();
        try {
            if (wanted.promptRow() >= 0) {
                int next = wanted.part().chunk().logprobsFrom() + wanted.promptRow() + 1;
                var report =
                        LogSoftmax.of(logits)
                                .report(request.prompt()[next], request.promptLogprobs());
                return new Pick(-1, report, null);
            }
            int token = sample(output.sampling(), logits);
            return new Pick(token, report(request, token, logits), null);
        } catch (MaskPostponedException _) {
            output.sampling().postpone();
            return new Pick(-1, null, null);
        } catch (RuntimeException | Error e) {
            return new Pick(-1, null, e);
        }
    }

    private static @Nullable TokenLogprobs report(
            GenerationRequest request, int token, float[] logits) {
        if (request.logprobs() < 0) {
            return null;
        }
        var all = LogSoftmax.of(logits);
        return request.logprobTokens().isEmpty()
                ? all.report(token, request.logprobs())
                : all.report(token, request.logprobTokens());
    }

    private int sample(SamplingState state, float[] logits) {
        return with(sampler -> sampler.sample(logits, state));
    }

    private int with(ToIntFunction<Sampler> use) {
        var sampler = idle.poll();
        if (sampler == null) {
            sampler = new Sampler(runner.vocabSize());
        }
        try {
            return use.applyAsInt(sampler);
        } finally {
            idle.add(sampler);
        }
    }

    private static int[] rows(List<Wanted> wanted) {
        return wanted.stream().mapToInt(Wanted::row).toArray();
    }
}
