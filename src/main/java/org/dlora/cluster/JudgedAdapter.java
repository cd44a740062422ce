package org.dlora.cluster;

/** An adapter that is served, and whether it may be merged. */
public record JudgedAdapter(ServedAdapter adapter, MergeVerdict verdict) {}
