package org.dlora.cluster.requests;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.migration.MigrationProtocol;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.SentKv;
import org.jspecify.annotations.Nullable;

/** A migration between two replicas of the cluster. */
public final class Migration {
    private final ReplicaRef source;
    private final ReplicaRef target;
    private final AdapterUse use;
    private final int slice;
    private final Consumer<StreamPause> resumed;
    private int steps;
    private double stepSeconds = Double.NaN;
    private final CompletableFuture<MigrationResult> done = new CompletableFuture<>();
    private @Nullable MigrationProtocol protocol;

    /**
     * @param use of the request's adapter on the target
     * @param slice most KV blocks that are copied between two steps; 0 to send none
     * @param resumed is given the pause of the stream; must take no lock of a request or a memory
     */
    public Migration(
            ReplicaRef source,
            ReplicaRef target,
            AdapterUse use,
            int slice,
            Consumer<StreamPause> resumed) {
        this.source = source;
        this.target = target;
        this.use = use;
        this.slice = slice;
        this.resumed = resumed;
    }

    ReplicaRef source() {
        return source;
    }

    ReplicaRef target() {
        return target;
    }

    public AdapterUse use() {
        return use;
    }

    /** Returns whether {@code replica} is its source or its target. */
    boolean concerns(ReplicaRef replica) {
        return source.equals(replica) || target.equals(replica);
    }

    /** Returns the source or the target. */
    ReplicaRef replica(String id) {
        return id.equals(source.id()) ? source : target;
    }

    void begin(String request, long epoch) {
        protocol = new MigrationProtocol(request, source.id(), target.id(), epoch, slice);
    }

    MigrationProtocol protocol() {
        return Objects.requireNonNull(protocol);
    }

    /** Notes the steps of the new owner up to the stream's next token. */
    void stepped(ReplicaEvent.Resumed event) {
        steps = event.steps();
        stepSeconds = event.seconds();
    }

    /** Notes the seconds between the stream's last token before and its first one after. */
    void resumed(double seconds) {
        resumed.accept(new StreamPause(seconds, steps, stepSeconds));
    }

    public void end(MigrationResult result) {
        done.complete(result);
    }

    /** Returns a future that completes with the result. */
    public CompletableFuture<MigrationResult> done() {
        return done;
    }

    /** Returns the KV that was sent. */
    public SentKv sent() {
        var moved = protocol;
        return moved == null ? SentKv.NONE : moved.sent();
    }
}
