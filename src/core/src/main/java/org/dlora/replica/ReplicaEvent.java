package org.dlora.replica;

import java.util.List;
import org.dlora.replica.kv.KvCopy;
import org.dlora.replica.kv.KvSpan;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Mode;

/**
 * An event that {@link ReplicaState} returns from a command, from planning or from the end of a
 * step. The engine handles each event. It passes answers to clients, builds or releases merged
 * weights, counts in meters, and completes what callers wait for.
 */
public sealed interface ReplicaEvent {

    /**
     * An event of a request that moves between replicas. It comes after all events that its client
     * was given before by the same replica.
     */
    sealed interface Move extends ReplicaEvent
            permits Imported, Resumed, KvRead, KvWritten, Exported {
        /** Returns the id of the request. */
        String request();

        /** Returns the epoch of the request's ownership, with which its sequence came. */
        long epoch();
    }

    /**
     * An event for the client of request {@code request}.
     *
     * @param epoch of the request's ownership, with which its sequence came
     */
    record Generated(String request, long epoch, GenerationEvent event) implements ReplicaEvent {}

    /**
     * Request {@code request} was refused. With {@link FailureCode#DUPLICATE_ID} this says nothing
     * of the unfinished request that has the same id.
     */
    record Refused(String request, long epoch, GenerationEvent.Failed failure)
            implements ReplicaEvent {}

    /** A sequence lost its blocks and is computed again later. */
    record Preempted(String request) implements ReplicaEvent {}

    /**
     * A sequence that may use the prefix cache runs for the first time.
     *
     * @param tokens of its prompt
     * @param cachedTokens prompt tokens that need not be computed
     */
    record Began(String request, int tokens, int cachedTokens) implements ReplicaEvent {}

    /** Rows of a model were computed. */
    record Served(AdapterRef adapter, int rows) implements ReplicaEvent {}

    /** A step has ended. */
    record StepEnded(RecordedStep step) implements ReplicaEvent {}

    /** Adapter {@code id} is loaded: requests may name it. */
    record AdapterLoaded(String id) implements ReplicaEvent {}

    /** Adapter {@code id} cannot be loaded because the id is in use. */
    record AdapterRefused(String id) implements ReplicaEvent {}

    /** No sequence uses adapter {@code id} any more, and no request may name it. */
    record AdapterUnloaded(String id) implements ReplicaEvent {}

    /** The policy wants to know whether adapter {@code id} may be merged. */
    record MergeRulesWanted(String id) implements ReplicaEvent {}

    /** The scheduling settings of update {@code revision} are in force. */
    record Scheduled(long revision) implements ReplicaEvent {}

    /**
     * The merged weights of {@code target} are to be built for about {@code seconds}; for the
     * unmerged target a build that is under way ends.
     */
    record BuildWeights(Mode target, double seconds) implements ReplicaEvent {}

    /**
     * Copies of weights are to be released.
     *
     * @param all whether the merged weights in effect are among them
     */
    record ReleaseWeights(boolean all) implements ReplicaEvent {}

    /** The memory of these KV blocks is to be given back. */
    record WithholdKvBlocks(List<Integer> blocks) implements ReplicaEvent {
        public WithholdKvBlocks {
            blocks = List.copyOf(blocks);
        }
    }

    /** The memory of these KV blocks must be there before the next step. */
    record RestoreKvBlocks(List<Integer> blocks) implements ReplicaEvent {
        public RestoreKvBlocks {
            blocks = List.copyOf(blocks);
        }
    }

    /**
     * The number of usable KV blocks has changed.
     *
     * @param revision of the command
     * @param blocks that are usable
     * @param ended whether nothing more follows from the command
     */
    record KvCacheResized(long revision, int blocks, boolean ended) implements ReplicaEvent {}

    /**
     * An imported sequence, or one that came back, runs here from now on.
     *
     * @param copySeconds seconds in which KV blocks were copied in since the last step; 0 from the
     *     state, which does not copy
     */
    record Imported(String request, long epoch, double copySeconds) implements Move {}

    /**
     * An imported sequence has its next token, which follows.
     *
     * @param steps that it took here: the one that ran when the sequence was sent, and those since
     * @param seconds of these steps
     */
    record Resumed(String request, long epoch, int steps, double seconds) implements Move {}

    /**
     * The content of these KV blocks is to be copied out and passed on as {@link KvRead}, before
     * another command or step.
     *
     * @param left full blocks of the sequence behind the span
     */
    record ReadKv(String request, long epoch, KvSpan span, int left) implements ReplicaEvent {}

    /**
     * Copies of KV blocks for another replica.
     *
     * @param left full blocks of the sequence behind the copied ones
     * @param seconds that the copies took
     */
    record KvRead(String request, long epoch, KvCopy copy, int left, double seconds)
            implements Move {}

    /**
     * These KV blocks are to be filled before another command or step.
     *
     * @param contents for each block
     */
    record StoreKv(List<Integer> blocks, List<byte[]> contents) implements ReplicaEvent {
        public StoreKv {
            blocks = List.copyOf(blocks);
            contents = List.copyOf(contents);
        }
    }

    /**
     * Copies of KV blocks for a request that moves here have been dealt with: stored, or left out
     * because they fit nowhere. The other replica may send more.
     *
     * @param epoch of the command
     * @param endBlock number of the sequence's blocks up to the last copied one
     */
    record KvWritten(String request, long epoch, int endBlock) implements Move {

        /** Returns the answer to a command. */
        public static KvWritten of(ReplicaCommand.WriteKv command) {
            return new KvWritten(command.request(), command.epoch(), command.copy().endBlock());
        }
    }

    /** A sequence has left the replica as a value. */
    record Exported(SequenceState sequence, long epoch) implements Move {
        @Override
        public String request() {
            return sequence.request().id();
        }
    }
}
