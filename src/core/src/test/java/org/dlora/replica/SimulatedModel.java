package org.dlora.replica;

import java.util.Arrays;
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

    /** Copies blocks out; nothing by default. */
    default List<byte[]> read(List<Integer> blocks) {
        return blocks.stream().map(_ -> new byte[0]).toList();
    }

    /** Copies blocks in. */
    default void store(List<Integer> blocks, List<byte[]> contents) {}

    /** Returns output tokens with their texts. */
    default List<SampledToken> texts(int[] output) {
        return Arrays.stream(output).mapToObj(t -> new SampledToken(t, "", null)).toList();
    }

    /** Computes a step; {@code requests} finds the requests of its chunks. */
    StepResult run(PlannedStep step, Requests requests);
}
