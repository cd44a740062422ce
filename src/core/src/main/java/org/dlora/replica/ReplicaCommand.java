package org.dlora.replica;

import org.dlora.replica.kv.KvCopy;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.cost.CostSamples;

/**
 * A change that {@link ReplicaState#apply} makes to a replica between two steps: to its requests,
 * its adapters, its settings, its costs, or its knowledge of the weights. The engine and its
 * callers create commands. They are values, so they can be encoded and replayed.
 */
public sealed interface ReplicaCommand {

    /** Starts a sequence; the request has its seed and names its adapter by id. */
    record Submit(GenerationRequest request) implements ReplicaCommand {}

    /**
     * Continues a sequence that another replica has exported.
     *
     * @param epoch of the request's ownership; events of the sequence carry it
     * @param atOnce whether it is refused if it could not run in the next step
     */
    record Import(SequenceState sequence, long epoch, boolean atOnce) implements ReplicaCommand {

        /** Continues a sequence that may wait, in the first epoch. */
        public Import(SequenceState sequence) {
            this(sequence, 0, false);
        }
    }

    /**
     * Hands out copies of the next full KV blocks of a sequence, which goes on.
     *
     * @param epoch of the sequence; one of another epoch is left alone
     * @param firstBlock number of its blocks that are not asked for
     * @param maxBlocks most blocks to copy
     */
    record CopyKv(String request, long epoch, int firstBlock, int maxBlocks)
            implements ReplicaCommand {}

    /**
     * Takes the sequence of request {@code request} out and hands it out as a value. The replica
     * keeps the value until {@link Release} or {@link Resume}.
     *
     * @param epoch of the sequence; one of another epoch is left alone
     * @param firstBlock number of its blocks that were copied before; negative for no copies
     */
    record Export(String request, long epoch, int firstBlock) implements ReplicaCommand {

        /** Hands out a sequence of the first epoch without its KV blocks. */
        public Export(String request) {
            this(request, 0, -1);
        }
    }

    /** Forgets the value of a sequence that was exported in {@code epoch}. */
    record Release(String request, long epoch) implements ReplicaCommand {}

    /**
     * Continues an exported sequence here, because its move has failed.
     *
     * @param epoch in which it was exported
     * @param next epoch of the request's ownership from now on
     */
    record Resume(String request, long epoch, long next) implements ReplicaCommand {}

    /**
     * Fills available KV blocks with copies of another replica's, as cached prefixes. It is
     * answered by {@link ReplicaEvent.KvWritten}, whatever became of the copies.
     *
     * @param request that moves here
     * @param epoch of its ownership by the other replica
     */
    record WriteKv(String request, long epoch, KvCopy copy) implements ReplicaCommand {}

    /** Ends the sequence of request {@code request}, if there is one. */
    record Cancel(String request) implements ReplicaCommand {}

    /** Loads an adapter, whose requests are taken from now on. */
    record LoadAdapter(AdapterProfile adapter) implements ReplicaCommand {}

    /**
     * Lets adapter {@code id} go once the requests before this command have ended. Its account and
     * its cached blocks stay, for a later {@link LoadAdapter}.
     */
    record EvictAdapter(String id) implements ReplicaCommand {}

    /** Forgets adapter {@code id} once the requests before this command have ended. */
    record UnloadAdapter(String id) implements ReplicaCommand {}

    /** Sets whether adapter {@code id} may be merged. */
    record SetMergeRules(String id, MergeRules rules) implements ReplicaCommand {}

    /**
     * Updates the scheduling settings. Another policy starts without state.
     *
     * @param revision tells this update from others
     */
    record Schedule(long revision, SchedulingSettings settings) implements ReplicaCommand {}

    /** Sets the costs of the device as they were measured. */
    record Calibrate(CostSamples samples) implements ReplicaCommand {}

    /** Reports the state of the weights. */
    record ReportWeights(WeightReport report) implements ReplicaCommand {}

    /** Notes that the replica has had nothing to run for a while. */
    record Rest() implements ReplicaCommand {}

    /**
     * Gives back copies of weights that are kept for later merges.
     *
     * @param all whether those in effect are given back too, which unmerges
     */
    record ReleaseCopies(boolean all) implements ReplicaCommand {}

    /** Forgets all cached blocks that no sequence holds. */
    record ForgetCache() implements ReplicaCommand {}

    /**
     * Changes the number of usable KV blocks; replaces a change that is in progress. It takes
     * effect by {@link ContinueResize}.
     *
     * @param revision tells this change from others
     * @param blocks to be usable; at least those of the longest sequence stay so
     * @param slice most blocks that are withheld or restored between two steps
     */
    record ResizeKvCache(long revision, int blocks, int slice) implements ReplicaCommand {
        public ResizeKvCache {
            if (slice < 1) {
                throw new IllegalArgumentException("A slice of " + slice + " blocks");
            }
        }
    }

    /** Withholds or restores the next slice of a resize in progress. */
    record ContinueResize() implements ReplicaCommand {}

    /** Fails all sequences. */
    record FailAll(FailureCode code, String message) implements ReplicaCommand {}
}
