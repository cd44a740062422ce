package org.dlora.bench.residency;

/** A rule of eviction that serves a trace, one request after another. */
@FunctionalInterface
public interface Replay {
    ReplayResult run(AdapterTrace trace);
}
