package org.dlora.replica;

/** A stand-in for a model and its device: it computes the steps of a simulated replica. */
public interface SimulatedModel {
    /** Finds an unfinished request and its output so far. */
    interface Requests {
        SequenceState find(String request);
    }

    /** Computes a step; {@code requests} finds the requests of its chunks. */
    StepResult run(PlannedStep step, Requests requests);
}
