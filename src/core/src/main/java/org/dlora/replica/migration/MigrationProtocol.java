package org.dlora.replica.migration;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.dlora.replica.ReplicaCommand.CopyKv;
import org.dlora.replica.ReplicaCommand.Export;
import org.dlora.replica.ReplicaCommand.Import;
import org.dlora.replica.ReplicaCommand.Release;
import org.dlora.replica.ReplicaCommand.Resume;
import org.dlora.replica.ReplicaCommand.WriteKv;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.ReplicaEvent.Exported;
import org.dlora.replica.ReplicaEvent.Imported;
import org.dlora.replica.ReplicaEvent.KvRead;
import org.dlora.replica.ReplicaEvent.KvWritten;
import org.dlora.replica.ReplicaEvent.Resumed;
import org.dlora.replica.migration.MigrationOrder.End;
import org.dlora.replica.migration.MigrationOrder.Own;
import org.dlora.replica.migration.MigrationOrder.Rescue;
import org.dlora.replica.migration.MigrationOrder.Send;
import org.dlora.replica.migration.MigrationResult.Ended;
import org.dlora.replica.migration.MigrationResult.Failed;
import org.dlora.replica.migration.MigrationResult.Moved;
import org.jspecify.annotations.Nullable;

/**
 * Migration of one request as a state machine: events of both replicas go in, orders come out.
 *
 * <pre>{@code
 * COPYING    the request runs on the source; full KV blocks are copied slice by slice
 * EXPORTING  the source copies the last full blocks and takes the sequence out between two steps
 * IMPORTING  the target owns the request; the source keeps the sequence as a value
 * RESUMING   the target has not taken it, so the source continues it
 * ENDED      nothing follows
 * }</pre>
 *
 * A request has one owner at any time, by its epoch. The epoch rises with each change of the owner,
 * so events of an earlier owner are recognised. Whatever fails before the target has taken the
 * sequence, the source keeps it.
 *
 * <p>At most two slices are on their way: the source copies another one when the target has
 * answered all but one. So copies do not pile up in front of a target that is in a long step. Not
 * thread-safe.
 */
public final class MigrationProtocol {
    /** Slices that the target has not answered, at most. */
    private static final int WINDOW = 2;

    private final String request;
    private final String source;
    private final String target;
    private final long epoch;
    private final int slice;
    private Phase phase = Phase.COPYING;
    private String failure = "";
    private boolean isSourceLost;
    private boolean isTargetLost;
    private SentKv sent = SentKv.NONE;

    /** End blocks of the slices that the target has not answered, the oldest first. */
    private final Deque<Integer> unanswered = new ArrayDeque<>();

    /** The source's next slice, which is not asked for yet. */
    private @Nullable Next next;

    /**
     * @param firstBlock of the slice
     * @param left full blocks that were not copied
     */
    private record Next(int firstBlock, int left) {}

    /** Progress of a migration. */
    public enum Phase {
        COPYING,
        EXPORTING,
        IMPORTING,
        RESUMING,
        ENDED
    }

    /**
     * A migration that has not begun.
     *
     * @param epoch of the source's ownership
     * @param slice most KV blocks that are copied between two steps; 0 to send none, so that the
     *     target computes them
     */
    public MigrationProtocol(String request, String source, String target, long epoch, int slice) {
        this.request = request;
        this.source = source;
        this.target = target;
        this.epoch = epoch;
        this.slice = slice;
    }

    public String request() {
        return request;
    }

    public String source() {
        return source;
    }

    public String target() {
        return target;
    }

    public Phase phase() {
        return phase;
    }

    /** Returns the amount that was sent to the target. */
    public SentKv sent() {
        return sent;
    }

    /** Begins; called once. */
    public List<MigrationOrder> begin() {
        return List.of(slice > 0 ? copy(0) : export(-1));
    }

    private MigrationOrder copy(int firstBlock) {
        return new Send(source, new CopyKv(request, epoch, firstBlock, slice));
    }

    private MigrationOrder export(int firstBlock) {
        phase = Phase.EXPORTING;
        return new Send(source, new Export(request, epoch, firstBlock));
    }

    /** Takes an event of the request that its source or its target has sent. */
    public List<MigrationOrder> on(ReplicaEvent.Move event) {
        return switch (event) {
            case KvRead read -> read.epoch() == epoch ? copied(read) : List.of();
            case KvWritten written -> written.epoch() == epoch ? written(written) : List.of();
            case Exported exported ->
                    owner(exported, Phase.EXPORTING, 0) ? leave(exported) : List.of();
            case Imported imported -> {
                if (owner(imported, Phase.IMPORTING, 1)) {
                    sent = sent.paused(imported.copySeconds());
                    yield isSourceLost ? end(new Moved()) : List.of(release(), ended(new Moved()));
                }
                yield owner(imported, Phase.RESUMING, 2) ? end(new Failed(failure)) : List.of();
            }
            case Resumed _ -> List.of(); // It comes after the end.
        };
    }

    private boolean owner(ReplicaEvent.Move event, Phase expected, int changes) {
        return phase == expected && event.epoch() == epoch + changes;
    }

    private List<MigrationOrder> copied(KvRead read) {
        var copy = read.copy();
        if (phase != Phase.COPYING && phase != Phase.EXPORTING) {
            return List.of();
        }
        var orders = new ArrayList<MigrationOrder>();
        if (!copy.blocks().isEmpty() && !isTargetLost) {
            sent = sent.plus(copy.blocks().size(), copy.bytes());
            unanswered.add(copy.endBlock());
            orders.add(new Send(target, new WriteKv(request, epoch, copy)));
        }
        if (phase == Phase.EXPORTING) {
            sent = sent.paused(read.seconds());
        } else {
            next = new Next(copy.endBlock(), read.left());
            orders.addAll(askNext());
        }
        return orders;
    }

    private List<MigrationOrder> written(KvWritten written) {
        unanswered.removeIf(end -> end <= written.endBlock());
        return askNext();
    }

    /** Asks the source for its next slice, or for the sequence with the last one, if it may. */
    private List<MigrationOrder> askNext() {
        var wanted = next;
        if (phase != Phase.COPYING || wanted == null || unanswered.size() >= WINDOW) {
            return List.of();
        }
        next = null;
        return List.of(wanted.left > slice ? copy(wanted.firstBlock) : export(wanted.firstBlock));
    }

    private List<MigrationOrder> leave(Exported exported) {
        if (isTargetLost) {
            return resume();
        }
        phase = Phase.IMPORTING;
        var sequence = exported.sequence();
        return List.of(
                new Own(target, epoch + 1),
                new Send(target, new Import(sequence, epoch + 1, sequence.hasRun())));
    }

    private List<MigrationOrder> resume() {
        if (isSourceLost) {
            phase = Phase.ENDED;
            return List.of(new Rescue(), new End(new Failed(failure)));
        }
        phase = Phase.RESUMING;
        return List.of(
                new Own(source, epoch + 2),
                new Send(source, new Resume(request, epoch, epoch + 2)));
    }

    /**
     * Notes that the target, or the source to which the request came back, has refused it.
     *
     * @param owner epoch of the refusal
     */
    public List<MigrationOrder> refused(long owner, String reason) {
        if (phase == Phase.IMPORTING && owner == epoch + 1) {
            failure = reason;
            return resume();
        }
        if (phase == Phase.RESUMING && owner == epoch + 2) {
            isSourceLost = true;
            return resume();
        }
        return List.of();
    }

    /**
     * Notes that the request has ended.
     *
     * @param owner epoch of its last event
     */
    public List<MigrationOrder> requestEnded(long owner) {
        return switch (phase) {
            case COPYING, EXPORTING -> owner == epoch ? end(new Ended()) : List.of();
            case IMPORTING, RESUMING, ENDED -> List.of();
        };
    }

    /** Notes that a replica has failed, with all that it had. */
    public List<MigrationOrder> lost(String replica) {
        return replica.equals(source) ? sourceLost() : targetLost();
    }

    private List<MigrationOrder> sourceLost() {
        isSourceLost = true;
        return switch (phase) {
            case COPYING, EXPORTING, RESUMING -> {
                failure = "replica %s has failed".formatted(source);
                phase = Phase.ENDED;
                yield List.of(new Rescue(), ended(new Failed(failure)));
            }
            case IMPORTING, ENDED -> List.of();
        };
    }

    private List<MigrationOrder> targetLost() {
        isTargetLost = true;
        failure = "replica %s has failed".formatted(target);
        return switch (phase) {
            case COPYING -> end(new Failed(failure));
            case IMPORTING -> resume();
            case EXPORTING, RESUMING, ENDED -> List.of();
        };
    }

    private MigrationOrder release() {
        return new Send(source, new Release(request, epoch));
    }

    private MigrationOrder ended(MigrationResult result) {
        phase = Phase.ENDED;
        return new End(result);
    }

    private List<MigrationOrder> end(MigrationResult result) {
        return List.of(ended(result));
    }
}
