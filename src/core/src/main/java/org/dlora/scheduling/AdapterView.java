package org.dlora.scheduling;

/**
 * A policy's view of an adapter, or of the base model, that has unfinished requests.
 *
 * @param weight share of service relative to other backlogged adapters, above 0; 1 by default
 * @param outputs lengths of the answers to its requests on this replica so far
 */
public record AdapterView(
        AdapterRef id,
        LoraFacts lora,
        MergeRules rules,
        double weight,
        Backlog backlog,
        OutputLengths outputs) {
    public AdapterView {
        if (!(weight > 0)) {
            throw new IllegalArgumentException(
                    "The weight of %s is above 0, not %s".formatted(id, weight));
        }
        if (id.isBase() && rules.mergeable()) {
            throw new IllegalArgumentException("The base model cannot be merged into itself");
        }
    }

    /** View of the base model. */
    public static AdapterView base(double weight, Backlog backlog, OutputLengths outputs) {
        return new AdapterView(
                AdapterRef.base(),
                LoraFacts.NONE,
                MergeRules.never("the base model"),
                weight,
                backlog,
                outputs);
    }

    public boolean hasWork() {
        return backlog.unfinished() > 0;
    }
}
