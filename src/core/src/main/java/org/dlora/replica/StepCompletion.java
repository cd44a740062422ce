package org.dlora.replica;

import java.util.List;
import org.dlora.replica.ReplicaEvent.Generated;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.StepKind;

/**
 * Completion of a step: it applies the results to the sequences that ran, and ends the finished
 * ones.
 */
final class StepCompletion {
    private final Sequences sequences;
    private final AdapterAccounts accounts;

    StepCompletion(Sequences sequences, AdapterAccounts accounts) {
        this.sequences = sequences;
        this.accounts = accounts;
    }

    /** Applies one result for each chunk of the step. */
    void complete(
            PlannedStep step, List<StepResult.ChunkResult> results, List<ReplicaEvent> events) {
        var kind = step.kind();
        for (int i = 0; i < results.size(); i++) {
            var chunk = step.chunks().get(i);
            var sequence = sequences.find(chunk.sequence());
            // It may have been cancelled while the step ran.
            if (sequence != null) {
                sequence.tally().ran(kind);
                complete(sequence, chunk, kind, results.get(i), events);
            }
        }
    }

    private void complete(
            Sequence sequence,
            Chunk chunk,
            StepKind kind,
            StepResult.ChunkResult result,
            List<ReplicaEvent> events) {
        switch (result) {
            case StepResult.Broken(var code, var message) -> {
                if (code == FailureCode.LOGITS_NOT_FINITE) {
                    sequences.discard(sequence);
                }
                fail(sequence, code, message, events);
            }
            case StepResult.Rows(var prompt, var sampled) -> {
                // The logits of a row whose token comes later are not kept.
                int kept = chunk.rows() - (chunk.samples() && sampled == null ? 1 : 0);
                sequences.advance(sequence, kept, kind == StepKind.UNMERGED);
                events.add(new ReplicaEvent.Served(chunk.adapter(), chunk.rows()));
                prompt.forEach(sequence.promptLogprobs()::add);
                if (sampled != null) {
                    add(sequence, sampled, events);
                }
            }
        }
    }

    private void add(Sequence sequence, SampledToken sampled, List<ReplicaEvent> events) {
        if (sequence.output().count() == 0 && sequence.promptLogprobs().wanted()) {
            events.add(generated(sequence, sequence.promptLogprobs().toEvent()));
        }
        events.add(generated(sequence, sequence.add(sampled)));
        var finished = sequence.output().finished();
        if (finished != null) {
            accounts.answered(sequence.adapter(), sequence.output().count());
            end(sequence, finished, events);
        }
    }

    /** Fails the sequences of a step that was not computed. */
    void fail(PlannedStep step, FailureCode code, String message, List<ReplicaEvent> events) {
        for (var chunk : step.chunks()) {
            var sequence = sequences.find(chunk.sequence());
            if (sequence != null) {
                fail(sequence, code, message, events);
            }
        }
    }

    void fail(Sequence sequence, FailureCode code, String message, List<ReplicaEvent> events) {
        end(sequence, new Failed(code, message, sequence.tally().usage()), events);
    }

    /** Ends a sequence with its last event. */
    void end(Sequence sequence, GenerationEvent last, List<ReplicaEvent> events) {
        sequences.remove(sequence);
        events.add(generated(sequence, last));
    }

    private static Generated generated(Sequence sequence, GenerationEvent event) {
        return new Generated(sequence.request().id(), sequence.epoch(), event);
    }
}
