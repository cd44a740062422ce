package org.dlora.cluster.requests;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SequenceState;
import org.dlora.replica.migration.MigrationOrder;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * An unfinished request of the cluster, and the replica that owns it. Its client gets the events of
 * the owner alone, each once. Owners are told apart by an epoch, which rises with each of them.
 * Thread-safe.
 *
 * <p>Events are delivered under the request's lock, so that none of an earlier owner follows one of
 * a later owner. Code under the lock never takes the lock of an adapter memory, whose code may wait
 * for this one; {@link #locked} runs what must come after.
 */
public final class LiveRequest {
    private final TrackedRequest tracked;
    private final GenerationRequest request;
    private final BiConsumer<LiveRequest, GenerationEvent> ended;
    private final Rescue rescue;
    private final DoubleSupplier clock;
    private final List<Integer> output = new ArrayList<>();
    private List<TokenLogprobs> promptLogprobs = List.of();
    private boolean hasPrompt;
    private volatile int outputTokens;

    /** Whether its next token comes from a prefill. */
    private volatile boolean isInPrefill = true;

    private volatile @Nullable ReplicaRef owner;
    private volatile @Nullable ReplicaRef awaited;
    private volatile boolean isCancelled;
    private boolean isEnded;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private AdapterUse use = AdapterUse.NONE;
    private @Nullable Migration migration;
    private @Nullable Migration lastMigration;
    private double lastToken = Double.NaN;
    private long epoch;
    private int failures;

    /** Replicas on which it has failed since its client last got a token. */
    private final Set<ReplicaRef> failedOn = new HashSet<>();

    /** Way to continue a request whose replica has failed. */
    @FunctionalInterface
    public interface Rescue {
        /**
         * Continues the request on another replica, or ends it with {@code failure}.
         *
         * @param failed the replica that has failed
         */
        void rescue(LiveRequest request, ReplicaRef failed, Failed failure);
    }

    /**
     * @param request names its adapter by id and has its seed
     * @param ended is given the last event before the client is; must take no lock
     * @param clock seconds
     */
    public LiveRequest(
            TrackedRequest tracked,
            GenerationRequest request,
            BiConsumer<LiveRequest, GenerationEvent> ended,
            Rescue rescue,
            DoubleSupplier clock) {
        this.tracked = tracked;
        this.request = request;
        this.ended = ended;
        this.rescue = rescue;
        this.clock = clock;
    }

    public String id() {
        return request.id();
    }

    public GenerationRequest request() {
        return request;
    }

    public TrackedRequest tracked() {
        return tracked;
    }

    /** Returns the replica that owns it; null while it waits for its adapter. */
    public @Nullable ReplicaRef owner() {
        return owner;
    }

    /** Returns the replica that it is expected to go to once its adapter is resident. */
    public @Nullable ReplicaRef awaited() {
        return awaited;
    }

    /** Notes the replica that it is expected to go to. */
    public void await(ReplicaRef replica) {
        awaited = replica;
        tracked.queued();
    }

    /** Returns how often it has failed to go on since its client last got a token. */
    public synchronized int failures() {
        return failures;
    }

    /** Returns the replicas on which it has failed since its client last got a token. */
    public synchronized Set<ReplicaRef> failedOn() {
        return Set.copyOf(failedOn);
    }

    /** Counts a failure of the replicas where it waited. */
    public synchronized void failedToStart() {
        failures++;
    }

    /** Returns the number of tokens that its client has got. */
    public int outputTokens() {
        return outputTokens;
    }

    /**
     * Returns whether it has no token since its owner got it, or since it lost its KV blocks there.
     */
    public boolean isInPrefill() {
        return isInPrefill;
    }

    /**
     * Returns the rows that its next token needs at most. Those of a prefill count whole: cached
     * and copied KV blocks are not known here.
     */
    public int nextRows() {
        return isInPrefill ? request.prompt().length + outputTokens : 1;
    }

    /** Returns whether it is being moved. */
    public synchronized boolean isMoving() {
        return migration != null;
    }

    /** Runs {@code action} under the lock, and what it adds to the list after that. */
    private void locked(Consumer<List<Runnable>> action) {
        var after = new ArrayList<Runnable>();
        try {
            synchronized (this) {
                action.accept(after);
            }
        } finally {
            after.forEach(Runnable::run);
        }
    }

    /**
     * Gives the request to a replica, for the first time or after another one has failed. One that
     * fails at this moment is as good as one that fails later.
     *
     * @param granted use of its adapter, which the request closes: the one that it has, or its
     *     first one after {@link #leaveMemory}
     */
    public synchronized void start(ReplicaRef replica, AdapterUse granted) {
        tracked.given(replica.id());
        awaited = null;
        owner = replica;
        var after = new ArrayList<Runnable>();
        try {
            give(replica);
        } catch (IllegalStateException e) {
            if (replica.isServing()) {
                throw e;
            }
            var message = String.valueOf(e.getMessage());
            failOver(replica, new Failed(FailureCode.SHUTTING_DOWN, message), after);
        }
        use = granted;
        cancelIfWanted();
        // Elsewhere, as the caller may have the lock of an adapter memory.
        after.forEach(rescuing -> Thread.ofVirtual().name("rescue").start(rescuing));
    }

    private void give(ReplicaRef replica) {
        var listener = listener(epoch);
        isInPrefill = true;
        if (epoch == 0) {
            replica.submit(request, listener);
        } else {
            int[] told = output.stream().mapToInt(Integer::intValue).toArray();
            var sequence = SequenceState.told(request, told, promptLogprobs, tracked.age());
            replica.take(new ReplicaCommand.Import(sequence, epoch, false), listener);
            tracked.rescued();
        }
    }

    /**
     * Gives up the use of its adapter in a memory whose replicas have failed.
     *
     * @return the use, which the caller closes without a lock of a memory
     */
    public synchronized AdapterUse leaveMemory() {
        var left = use;
        use = AdapterUse.NONE;
        return left;
    }

    /** Returns the use of its adapter, which it keeps while its replica has failed. */
    public synchronized AdapterUse use() {
        return use;
    }

    /** Returns whether its client has gone; its replica is about to end it. */
    public boolean isCancelled() {
        return isCancelled;
    }

    private void cancelIfWanted() {
        var replica = owner;
        if (isCancelled && replica != null) {
            replica.cancel(id());
        }
    }

    /** Has the owner end the request, also one that takes it over later. */
    public void cancel() {
        isCancelled = true;
        cancelIfWanted();
    }

    private GenerationListener listener(long owning) {
        return new GenerationListener() {
            @Override
            public void on(GenerationEvent event) {
                locked(after -> generated(owning, event, after));
            }

            @Override
            public void began(long nanos) {
                if (tracked.began(nanos)) {
                    tracked.client().began(nanos);
                }
            }

            @Override
            public void preempted() {
                locked(_ -> {
                    if (owning == epoch) {
                        isInPrefill = true;
                        tracked.preempted();
                    }
                });
            }

            @Override
            public void moved(ReplicaEvent.Move move) {
                locked(after -> {
                    var moved = lastMigration;
                    if (move instanceof ReplicaEvent.Resumed resumed
                            && owning == epoch
                            && moved != null) {
                        moved.stepped(resumed);
                    }
                    var moving = migration;
                    if (moving != null) {
                        carryOut(moving, moving.protocol().on(move), after);
                    }
                });
            }
        };
    }

    private void generated(long owning, GenerationEvent event, List<Runnable> after) {
        if (isEnded) {
            return;
        }
        var moving = migration;
        if (event instanceof Failed failed && moving != null) {
            var orders = moving.protocol().refused(owning, failed.message());
            if (!orders.isEmpty()) {
                carryOut(moving, orders, after);
                return;
            }
        }
        boolean isRepeated = event instanceof Prompt && hasPrompt;
        if (owning != epoch || isRepeated) {
            return;
        }
        if (event.isLast() && moving != null) {
            carryOut(moving, moving.protocol().requestEnded(owning), after);
        }
        var replica = owner;
        boolean mayGoOn = event instanceof Failed failed && failed.code().retryElsewhere();
        if (mayGoOn && !isCancelled && replica != null) {
            failOver(replica, (Failed) event, after);
        } else {
            deliver(event, after);
        }
    }

    private void deliver(GenerationEvent event, List<Runnable> after) {
        switch (event) {
            case Token token -> {
                output.add(token.token());
                outputTokens = output.size();
                isInPrefill = false;
                failures = 0;
                failedOn.clear();
                tokenDelivered();
            }
            case Prompt(var logprobs) -> {
                promptLogprobs = logprobs;
                hasPrompt = true;
            }
            case Finished _, Failed _ -> end(event, after);
        }
        tracked.note(event);
        try {
            tracked.client().on(event);
        } finally {
            tracked.end(event);
        }
    }

    private void end(GenerationEvent last, List<Runnable> after) {
        isEnded = true;
        owner = null;
        ended.accept(this, last); // Before the last event, as its client may use the id again.
        after.add(use::close);
        after.add(() -> gone.complete(null));
    }

    /** Returns a future that completes when the request has ended, without a lock of it. */
    public CompletableFuture<Void> gone() {
        return gone;
    }

    private void tokenDelivered() {
        double now = clock.getAsDouble();
        var moved = lastMigration;
        if (moved != null) {
            moved.resumed(now - lastToken);
            lastMigration = null;
        }
        lastToken = now;
    }

    /** Ends the request, which no replica owns, with its last event. */
    public void end(GenerationEvent last) {
        locked(after -> {
            if (!isEnded) {
                deliver(last, after);
            }
        });
    }

    /** Begins to move the request; the migration ends at once if that is not possible any more. */
    public void move(Migration begun) {
        locked(after -> {
            if (isEnded || migration != null || !begun.source().equals(owner) || isCancelled) {
                after.add(begun.use()::close);
                after.add(() -> begun.end(new MigrationResult.Ended()));
                return;
            }
            begun.begin(id(), epoch);
            migration = begun;
            carryOut(begun, begun.protocol().begin(), after);
        });
    }

    private void carryOut(Migration moving, List<MigrationOrder> orders, List<Runnable> after) {
        for (var order : orders) {
            switch (order) {
                case MigrationOrder.Send(var to, var command) ->
                        send(moving, moving.replica(to), command, after);
                case MigrationOrder.Own(var to, var next) -> {
                    epoch = next;
                    boolean hadPaused = isInPrefill;
                    isInPrefill = true;
                    owner = moving.replica(to);
                    if (to.equals(moving.target().id())) {
                        tracked.left(to);
                    }
                    lastMigration = hadPaused ? null : moving;
                }
                case MigrationOrder.Rescue() -> {
                    var source = moving.source();
                    var failed =
                            new Failed(
                                    FailureCode.REPLICA_FAULT,
                                    "Replica %s has failed".formatted(source.id()));
                    failOver(source, failed, after);
                }
                case MigrationOrder.End(var result) -> {
                    migration = null;
                    if (result instanceof MigrationResult.Moved) {
                        after.add(use::close);
                        use = moving.use();
                        tracked.moved(moving.target().id());
                    } else {
                        lastMigration = null;
                        tracked.stayed();
                        after.add(moving.use()::close);
                    }
                    after.add(() -> moving.end(result));
                }
            }
        }
    }

    private void send(
            Migration moving, ReplicaRef to, ReplicaCommand command, List<Runnable> after) {
        try {
            switch (command) {
                case ReplicaCommand.Import sequence ->
                        to.take(sequence, listener(sequence.epoch()));
                case ReplicaCommand.Resume sequence ->
                        to.takeBack(sequence, listener(sequence.next()));
                case ReplicaCommand.WriteKv write -> to.write(write, listener(write.epoch()));
                default -> to.tell(command);
            }
            cancelIfWanted();
        } catch (IllegalStateException | IllegalArgumentException e) {
            carryOut(moving, moving.protocol().lost(to.id()), after);
        }
    }

    /** Notes that a replica has failed with all that it had. */
    public void lost(ReplicaRef replica, Failed failure) {
        locked(after -> {
            var moving = migration;
            if (moving != null && moving.concerns(replica)) {
                carryOut(moving, moving.protocol().lost(replica.id()), after);
            } else if (replica.equals(owner) && !isEnded) {
                failOver(replica, failure, after);
            }
        });
    }

    private void failOver(ReplicaRef replica, Failed failure, List<Runnable> after) {
        if (isEnded) {
            return;
        }
        tracked.lost(replica.id());
        epoch += 3; // Beyond those of a migration that has failed.
        owner = null;
        lastMigration = null;
        failures++;
        failedOn.add(replica);
        after.add(() -> rescue.rescue(this, replica, failure));
    }
}
