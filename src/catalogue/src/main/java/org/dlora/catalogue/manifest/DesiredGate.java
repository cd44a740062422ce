package org.dlora.catalogue.manifest;

import java.util.List;
import java.util.Optional;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateDraft;

/**
 * The gate of an adapter as a manifest gives it. Prompts without an expectation are as wanted once
 * an answer to them is recorded.
 *
 * @param prompts at least one
 */
public record DesiredGate(List<GateDraft> prompts) {
    public DesiredGate {
        prompts = List.copyOf(prompts);
    }

    /** Returns the gate; empty if an answer has to be recorded first. */
    public Optional<Gate> complete() {
        return prompts.stream().allMatch(GateDraft::isComplete)
                ? Optional.of(new Gate(prompts.stream().map(GateDraft::complete).toList()))
                : Optional.empty();
    }

    /** Returns whether a gate has these prompts with these criteria. */
    boolean isMetBy(Gate gate) {
        var present = gate.prompts();
        if (present.size() != prompts.size()) {
            return false;
        }
        for (int i = 0; i < present.size(); i++) {
            if (!prompts.get(i).isMetBy(present.get(i))) {
                return false;
            }
        }
        return true;
    }
}
