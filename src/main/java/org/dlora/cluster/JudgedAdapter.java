package org.dlora.cluster;

/** A served adapter with the verdict whether it may be merged. */
public record JudgedAdapter(ServedAdapter adapter, MergeVerdict verdict) {}
