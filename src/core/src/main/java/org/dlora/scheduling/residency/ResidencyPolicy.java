package org.dlora.scheduling.residency;

/** A rule by which adapters are loaded and evicted. Pure. */
@FunctionalInterface
public interface ResidencyPolicy {
    ResidencyPlan plan(ResidencySnapshot snapshot);
}
