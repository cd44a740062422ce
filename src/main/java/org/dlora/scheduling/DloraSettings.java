package org.dlora.scheduling;

/**
 * What {@link DloraPolicy} is set to.
 *
 * @param promptWeight service that a prompt token counts
 * @param outputWeight service that an output token counts
 * @param maxLead service, per weight of an adapter, by which one that is served may be ahead of one
 *     that waits; at least what a step can add is taken
 * @param maxWait seconds that an adapter which is not ahead may go without service while it has
 *     requests, before its oldest one goes first
 * @param minGain by which another mode must be better than the present one, as a share of tokens
 *     per second
 */
public record DloraSettings(
        double promptWeight, double outputWeight, double maxLead, double maxWait, double minGain) {
    /** Weights as in VTC (OSDI 2024). */
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
     * Service of so many rows of a sequence.
     *
     * @param known tokens that had been computed before it was preempted: no service once more
     */
    double service(SequenceView sequence, int rows, int known) {
        int outputs = rows == sequence.pending() ? 1 : 0;
        int anew = Math.max(0, known - sequence.start());
        return promptWeight * Math.max(0, rows - outputs - anew) + outputWeight * outputs;
    }

    /** Service that one adapter can get in one step at most. */
    double stepService(StepLimits limits) {
        int outputs = Math.min(limits.maxBatch(), limits.maxTokens());
        return promptWeight * limits.maxTokens()
                + Math.max(0, outputWeight - promptWeight) * outputs;
    }
}
