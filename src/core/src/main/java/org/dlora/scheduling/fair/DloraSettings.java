package org.dlora.scheduling.fair;

import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.StepLimits;

/**
 * The settings of {@link DloraPolicy}.
 *
 * @param promptWeight service of a prompt token
 * @param outputWeight service of an output token
 * @param maxLead service per weight by which a selected adapter may be ahead of a waiting one;
 *     raised to the most that a step can add
 * @param maxWait seconds that an entitled adapter with requests may wait without service until it
 *     is overdue
 * @param minGain share of tokens per second by which another mode must be better than the present
 *     one
 */
public record DloraSettings(
        double promptWeight, double outputWeight, double maxLead, double maxWait, double minGain) {
    /** The default settings, with weights as in VTC (OSDI 2024). */
    public static final DloraSettings DEFAULT = new DloraSettings(1, 2, 4096, 5, 0.03);

    public DloraSettings {
        if (!(promptWeight > 0
                && outputWeight > 0
                && maxLead >= 0
                && maxWait > 0
                && minGain >= 0)) {
            throw new IllegalArgumentException(
                    ("Weights and max-wait are above 0, max-lead and min-gain not below, not %s, %s,"
                                    + " %s, %s and %s")
                            .formatted(promptWeight, outputWeight, maxWait, maxLead, minGain));
        }
    }

    /**
     * Returns the service of {@code rows} rows of a sequence.
     *
     * @param known tokens computed before it was preempted; they do not count again
     */
    public double service(SequenceView sequence, int rows, int known) {
        int outputs = rows == sequence.pending() ? 1 : 0;
        int anew = Math.max(0, known - sequence.start());
        return promptWeight * Math.max(0, rows - outputs - anew) + outputWeight * outputs;
    }

    /** Returns the most service that one adapter can get in one step. */
    public double stepService(StepLimits limits) {
        int outputs = Math.min(limits.maxBatch(), limits.maxTokens());
        return promptWeight * limits.maxTokens()
                + Math.max(0, outputWeight - promptWeight) * outputs;
    }
}
