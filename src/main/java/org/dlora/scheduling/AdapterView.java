package org.dlora.scheduling;

/**
 * What a policy sees of an adapter, or of the base model, that has unfinished requests.
 *
 * @param weight its share of service against others' that have work, above 0; 1 unless asked for
 * @param outputs lengths of the answers that its requests on this replica had so far
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
