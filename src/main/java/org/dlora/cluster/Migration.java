package org.dlora.cluster;

import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleSupplier;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.RequestMigration;
import org.jspecify.annotations.Nullable;

/** A migration between two replicas of the cluster, with its times. */
final class Migration {
    private final ReplicaRef source;
    private final ReplicaRef target;
    private final AdapterUse use;
    private final int slice;
    private final DoubleSupplier clock;
    private final CompletableFuture<MigrationResult> done = new CompletableFuture<>();
    private @Nullable RequestMigration protocol;
    private double begunAt = Double.NaN;
    private double endedAt = Double.NaN;
    private volatile double pause = Double.NaN;

    /**
     * @param use of the request's adapter on the target
     * @param slice most KV blocks that are copied between two steps; 0 to send none
     * @param clock seconds
     */
    Migration(
            ReplicaRef source, ReplicaRef target, AdapterUse use, int slice, DoubleSupplier clock) {
        this.source = source;
        this.target = target;
        this.use = use;
        this.slice = slice;
        this.clock = clock;
    }

    ReplicaRef source() {
        return source;
    }

    ReplicaRef target() {
        return target;
    }

    AdapterUse use() {
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
        begunAt = clock.getAsDouble();
        protocol = new RequestMigration(request, source.id(), target.id(), epoch, slice);
    }

    RequestMigration protocol() {
        return Objects.requireNonNull(protocol);
    }

    /** Notes the pause of the stream between its last token before and its first one after. */
    void resumed(double seconds) {
        pause = seconds;
    }

    /** Returns the seconds between two tokens across the move; NaN before the second one. */
    double pause() {
        return pause;
    }

    void end(MigrationResult result) {
        endedAt = clock.getAsDouble();
        done.complete(result);
    }

    /** Returns a future that completes with the result. */
    CompletableFuture<MigrationResult> done() {
        return done;
    }

    MigrationRecord record(String request, String model, Instant begun, MigrationResult result) {
        var moved = protocol;
        return new MigrationRecord(
                request,
                model,
                source.id(),
                target.id(),
                begun,
                endedAt - begunAt,
                moved == null ? 0 : moved.blocks(),
                moved == null ? 0 : moved.bytes(),
                pause,
                result);
    }
}
