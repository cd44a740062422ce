package org.dlora.replica;

import java.util.List;

/** A stand-in for a model and its device: it computes the steps of a simulated replica. */
public interface SimulatedModel {
    /** Finds an unfinished request and its output so far. */
    interface Requests {
        SequenceState find(String request);
    }

    /** Gives the memory of KV blocks back. */
    default void withhold(List<Integer> blocks) {}

    /** Takes the memory of KV blocks again; their content is undefined. */
    default void restore(List<Integer> blocks) {}

    /** Computes a step; {@code requests} finds the requests of its chunks. */
    StepResult run(PlannedStep step, Requests requests);
}
