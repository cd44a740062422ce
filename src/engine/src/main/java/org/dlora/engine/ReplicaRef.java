package org.dlora.engine;

import java.util.concurrent.CompletableFuture;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.ActiveAdapters;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.ReplicaLoad;

/**
 * A replica as others address it: messages in, events out. Thread-safe, and no call waits for a
 * step but {@link #close}.
 */
public interface ReplicaRef extends AutoCloseable {

    /** Returns the replica's name in metrics and logs. */
    String id();

    /**
     * Starts a sequence. Its events arrive at {@code listener} on a thread of the replica's.
     *
     * @throws IllegalArgumentException if the request can never be served: unknown adapter, too
     *     long a prompt, a token id out of range; or if a request with its id is unfinished
     * @throws IllegalStateException if the replica is closed
     */
    void submit(GenerationRequest request, GenerationListener listener);

    /**
     * Continues a sequence of another replica. Its events arrive at {@code listener}, the first of
     * them {@link org.dlora.replica.ReplicaEvent.Imported}, or a failure if it is refused.
     *
     * @throws IllegalArgumentException if a request with its id is unfinished here
     * @throws IllegalStateException if the replica is closed
     */
    void take(ReplicaCommand.Import sequence, GenerationListener listener);

    /** Continues a sequence that has been exported here, as {@link #take}. */
    void takeBack(ReplicaCommand.Resume sequence, GenerationListener listener);

    /**
     * Sends copies of KV blocks for a request that moves here.
     *
     * @param listener gets the answer, {@link org.dlora.replica.ReplicaEvent.KvWritten}, and
     *     nothing else
     * @throws IllegalStateException if the replica is closed
     */
    void write(ReplicaCommand.WriteKv copies, GenerationListener listener);

    /**
     * Sends a command that concerns a move: {@code CopyKv}, {@code Export} or {@code Release}.
     * Nothing happens if the replica is closed.
     */
    void tell(ReplicaCommand move);

    /**
     * Checks a request that will be submitted once its adapter is loaded.
     *
     * @throws IllegalArgumentException as {@link #submit}, but for the adapter and the request's id
     */
    void check(GenerationRequest request);

    /**
     * Makes an adapter known under {@code id}, which names one version of it. No other version ever
     * has the id; this one may be loaded again after {@link #evict}.
     *
     * @param weights on this replica's device; must stay open until {@link #evict} or {@link
     *     #unload} has completed
     * @return completes when requests may name {@code id}, exceptionally if they never may
     */
    CompletableFuture<Void> load(String id, AdapterWeights weights);

    /**
     * Takes no more requests of adapter {@code id} until it is loaded again; those submitted before
     * run to their end. The adapter's service and its cached prefixes are remembered.
     *
     * @return completes as that of {@link #unload}
     */
    CompletableFuture<Void> evict(String id);

    /**
     * Forgets adapter {@code id} and takes no more requests of it; those submitted before run to
     * their end.
     *
     * @return completes, never exceptionally, on any thread, when the last of them has ended and
     *     the replica does not read the weights any more
     */
    CompletableFuture<Void> unload(String id);

    /**
     * Returns whether a thread that has failed and not ended may still read the weights of an
     * adapter. They do not come back before it ends.
     */
    default boolean isReadByFailed(String adapter) {
        return false;
    }

    /**
     * Changes how steps are chosen; those that run go on.
     *
     * @return completes before the first step that is chosen so, exceptionally if the replica is
     *     closed
     */
    CompletableFuture<Void> schedule(SchedulingSettings settings);

    /** Reports the settings in force and the last steps, at most {@code lastSteps}. */
    SchedulingReport scheduling(int lastSteps);

    /** Returns whether the replica has an unfinished request {@code requestId}. */
    boolean has(String requestId);

    /** Ends a request within a step; nothing happens if it has ended already. */
    void cancel(String requestId);

    /** The load at the last step, with what was submitted since as waiting. */
    ReplicaLoad load();

    /** Returns the figures by which its next steps are predicted. */
    default ReplicaFigures figures() {
        return ReplicaFigures.UNKNOWN;
    }

    /** Returns the sizes of a loaded adapter; {@link LoraFacts#NONE} if it is not loaded here. */
    default LoraFacts lora(String id) {
        return LoraFacts.NONE;
    }

    /** Returns the memory of the KV cache. */
    default KvMemory kv() {
        return KvMemory.FIXED;
    }

    /** Returns the copies of merged weights at the last step. */
    default CopyStatus copies() {
        return CopyStatus.NONE;
    }

    /**
     * Has copies of merged weights given back before the next step. Nothing happens if the replica
     * is closed.
     *
     * @param all whether those in effect are given back too, so that the replica is unmerged
     */
    default void releaseCopies(boolean all) {}

    /** The adapters with unfinished requests at the last step. */
    ActiveAdapters activeAdapters();

    /** Returns whether it takes requests. */
    boolean isServing();

    /** Fails what is unfinished and frees everything. */
    @Override
    void close();
}
