package org.dlora.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * What a policy sees of an adapter that is loaded on the replica, with requests or without, or of
 * the base model.
 *
 * @param id null for the base model
 * @param weight its share of service against others' that have work, above 0; 1 unless asked for
 * @param outputs lengths of the answers that its requests on this replica had so far
 */
public record AdapterView(
        @Nullable String id,
        LoraFacts lora,
        MergeRules rules,
        double weight,
        Backlog backlog,
        OutputLengths outputs) {
    public AdapterView {
        if (!(weight > 0)) {
            throw new IllegalArgumentException(
                    "The weight of adapter %s is above 0, not %s".formatted(id, weight));
        }
        if (id == null && rules.mergeable()) {
            throw new IllegalArgumentException("The base model cannot be merged into itself");
        }
    }

    /** Of the base model. */
    public static AdapterView base(double weight, Backlog backlog, OutputLengths outputs) {
        return new AdapterView(
                null, LoraFacts.NONE, MergeRules.never("the base model"), weight, backlog, outputs);
    }

    public boolean hasWork() {
        return backlog.unfinished() > 0;
    }
}
