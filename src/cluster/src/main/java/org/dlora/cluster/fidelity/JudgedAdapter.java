package org.dlora.cluster.fidelity;

import org.dlora.cluster.adapters.ServedAdapter;

/** A served adapter with the verdict whether it may be merged. */
public record JudgedAdapter(ServedAdapter adapter, MergeVerdict verdict) {}
