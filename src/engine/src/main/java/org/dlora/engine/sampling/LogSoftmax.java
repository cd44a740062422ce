package org.dlora.engine.sampling;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.dlora.device.TopK;
import org.dlora.replica.request.TokenLogprobs;

/**
 * Log-probabilities of raw logits.
 *
 * @param logits {@code [vocab]}, not copied
 * @param logSum {@code log Σ exp(logits)}, summed in float64
 */
public record LogSoftmax(float[] logits, double logSum) {

    public static LogSoftmax of(float[] logits) {
        float max = Float.NEGATIVE_INFINITY;
        for (float x : logits) {
            max = Math.max(max, x);
        }
        double sum = 0;
        for (float x : logits) {
            sum += Math.exp((double) x - max);
        }
        return new LogSoftmax(logits, max + Math.log(sum));
    }

    /** Reports {@code token} and the {@code top} likeliest tokens. */
    public TokenLogprobs report(int token, int top) {
        var best = new ArrayList<TokenLogprobs.Entry>();
        for (int i : TopK.largest(j -> logits[j], logits.length, top)) {
            best.add(entry(i));
        }
        return new TokenLogprobs(entry(token), best);
    }

    /** Reports {@code token}, and with it the tokens {@code named}. */
    public TokenLogprobs report(int token, List<Integer> named) {
        var all = new LinkedHashSet<>(List.of(token));
        all.addAll(named);
        return new TokenLogprobs(entry(token), all.stream().map(this::entry).toList());
    }

    private TokenLogprobs.Entry entry(int token) {
        return new TokenLogprobs.Entry(token, (float) (logits[token] - logSum));
    }
}
