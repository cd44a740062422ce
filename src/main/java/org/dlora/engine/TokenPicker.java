package org.dlora.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Draws the tokens of a step, and puts together the log-probabilities that were asked for. Rows are
 * independent of each other, so all threads of the replica take part; which one a row goes to makes
 * no difference. Greedy rows never leave the device.
 */
final class TokenPicker {
    private final ModelRunner runner;
    private final Queue<Sampler> idle = new ConcurrentLinkedQueue<>();

    /**
     * What came of a row.
     *
     * @param token that was drawn; means nothing for a row of a prompt
     * @param failure why there is none
     */
    record Pick(int token, @Nullable TokenLogprobs logprobs, @Nullable Throwable failure) {}

    /** One row to read: the prompt's row {@code promptRow} of a share, or -1 to draw from. */
    private record Wanted(int row, StepBatch.Share share, int promptRow) {}

    TokenPicker(ModelRunner runner) {
        this.runner = runner;
    }

    /** A pick for each of the step's logit rows. */
    Pick[] pick(StepBatch batch) {
        var picks = new Pick[batch.logitRows().size()];
        var wanted = new ArrayList<Wanted>();
        var greedy = new ArrayList<Wanted>();
        for (var share : batch.shares()) {
            for (int i = 0; i < share.promptLogits(); i++) {
                wanted.add(new Wanted(share.firstLogits() + i, share, i));
            }
            if (share.samples()) {
                var sequence = share.sequence();
                boolean isPlain =
                        sequence.sampling().isPlainGreedy() && sequence.request().logprobs() < 0;
                (isPlain ? greedy : wanted)
                        .add(new Wanted(share.firstLogits() + share.promptLogits(), share, -1));
            }
        }
        wanted.addAll(pickLargest(greedy, picks));
        if (!wanted.isEmpty()) {
            runner.forEach(
                    rows(wanted),
                    (index, logits) -> {
                        var one = wanted.get(index);
                        picks[one.row()] = pick(one, logits);
                    });
        }
        return picks;
    }

    /** Returns those for the sampler: no logit is the largest, or its token must not come yet. */
    private List<Wanted> pickLargest(List<Wanted> greedy, Pick[] picks) {
        var rest = new ArrayList<Wanted>();
        if (greedy.isEmpty()) {
            return rest;
        }
        var tokens = new int[greedy.size()];
        runner.argMax(rows(greedy), tokens);
        for (int i = 0; i < tokens.length; i++) {
            var one = greedy.get(i);
            if (tokens[i] < 0 || !one.share().sequence().sampling().mayCome(tokens[i])) {
                rest.add(one);
            } else {
                picks[one.row()] = new Pick(tokens[i], null, null);
            }
        }
        return rest;
    }

    private Pick pick(Wanted wanted, float[] logits) {
        var sequence = wanted.share().sequence();
        try {
            if (wanted.promptRow() >= 0) {
                var report = sequence.promptLogprobs().report(wanted.promptRow(), logits);
                return new Pick(-1, report, null);
            }
            int token = sample(sequence.sampling(), logits);
            int top = sequence.request().logprobs();
            var report = top < 0 ? null : LogSoftmax.of(logits).report(token, top);
            return new Pick(token, report, null);
        } catch (RuntimeException | Error e) {
            return new Pick(-1, null, e);
        }
    }

    private int sample(SamplingState state, float[] logits) {
        var sampler = idle.poll();
        if (sampler == null) {
            sampler = new Sampler(runner.vocabSize());
        }
        try {
            return sampler.sample(logits, state);
        } finally {
            idle.add(sampler);
        }
    }

    private static int[] rows(List<Wanted> wanted) {
        return wanted.stream().mapToInt(Wanted::row).toArray();
    }
}
