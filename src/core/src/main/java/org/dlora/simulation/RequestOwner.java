package org.dlora.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.migration.MigrationOrder;
import org.dlora.replica.migration.MigrationProtocol;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.rebalance.RemainingLength;

/**
 * The owner of all requests: it gives them to replicas, counts their tokens, and carries out the
 * orders of migrations. KV blocks go over the host link of the target.
 */
final class RequestOwner {
    /** KV blocks that a migration copies between two steps: 128 MiB, 4 ms of the link. */
    private static final int SLICE = 16;

    private final VirtualClock timeline;
    private final List<VirtualDevice> devices;
    private final Map<String, VirtualRequest> requests = new HashMap<>();
    private final Map<String, VirtualRequest> live = new LinkedHashMap<>();
    private final Map<String, Move> moves = new HashMap<>();
    private final Map<AdapterRef, OutputLengths> answers = new HashMap<>();
    private OutputLengths allAnswers = OutputLengths.NONE;
    private final MovePauses pauses = new MovePauses();
    private int moved;

    /** A move whose KV arrives at its target at {@code kvAt}. */
    private static final class Move {
        final int target;
        final Runnable ended;
        double kvAt;

        Move(int target, Runnable ended) {
            this.target = target;
            this.ended = ended;
        }
    }

    /**
     * @param devices list to which the cluster's devices are added
     */
    RequestOwner(VirtualClock timeline, List<VirtualDevice> devices) {
        this.timeline = timeline;
        this.devices = devices;
    }

    /** Returns the unfinished requests in the order of their arrival. */
    Iterable<VirtualRequest> live() {
        return live.values();
    }

    int liveCount() {
        return live.size();
    }

    /** Returns the moves that have succeeded. */
    int moved() {
        return moved;
    }

    /** Returns the pauses of moved streams. */
    MovePauses pauses() {
        return pauses;
    }

    VirtualRequest request(String id) {
        return Objects.requireNonNull(requests.get(id));
    }

    void arrived(VirtualRequest request) {
        requests.put(request.id(), request);
        live.put(request.id(), request);
    }

    /** Returns the output tokens that a request is expected to have left. */
    double remaining(VirtualRequest request) {
        var seen = answers.getOrDefault(request.request.adapter(), allAnswers);
        return RemainingLength.of(seen, Math.max(1, request.maxOutput() / 2.0))
                .after(request.output, request.maxOutput());
    }

    /**
     * Sends a request to a replica once its adapter is resident there.
     *
     * @return false if no eviction makes room for the adapter
     */
    boolean start(VirtualRequest request, int replica) {
        var device = devices.get(replica);
        request.replica = replica;
        boolean isHeld =
                device.memory()
                        .use(
                                request.adapter(),
                                () -> {
                                    request.isStarted = true;
                                    device.replica()
                                            .send(new ReplicaCommand.Submit(request.request));
                                });
        if (!isHeld) {
            request.replica = -1;
        }
        return isHeld;
    }

    /** Takes an event of a replica. */
    void on(ReplicaEvent event) {
        switch (event) {
            case ReplicaEvent.Generated(var id, var epoch, var told) ->
                    generated(request(id), epoch, told);
            case ReplicaEvent.Refused(var id, var epoch, var failure) -> {
                var request = request(id);
                if (request.migration == null) {
                    throw new IllegalStateException(failure.message());
                }
                carryOut(request, request.migration.refused(epoch, failure.message()));
            }
            case ReplicaEvent.Resumed resumed -> pauses.stepped(resumed);
            case ReplicaEvent.Move move -> {
                var request = request(move.request());
                if (request.migration != null) {
                    carryOut(request, request.migration.on(move));
                }
            }
            default -> {}
        }
    }

    private void generated(VirtualRequest request, long epoch, GenerationEvent told) {
        if (epoch != request.epoch || request.isEnded()) {
            return;
        }
        switch (told) {
            case GenerationEvent.Token _ -> {
                request.output++;
                pauses.token(request, timeline.now());
            }
            case GenerationEvent.Finished _ -> ended(request, epoch);
            case GenerationEvent.Prompt _ -> {}
            case GenerationEvent.Failed failed -> throw new IllegalStateException(failed.message());
        }
    }

    private void ended(VirtualRequest request, long epoch) {
        request.endedAt = timeline.now();
        live.remove(request.id());
        allAnswers = allAnswers.plus(request.output);
        answers.merge(
                request.request.adapter(),
                OutputLengths.NONE.plus(request.output),
                (before, _) -> before.plus(request.output));
        devices.get(request.replica).memory().release(request.adapter());
        if (request.migration != null) {
            carryOut(request, request.migration.requestEnded(epoch));
        }
    }

    /**
     * Moves a request to another replica; its adapter is loaded there first.
     *
     * @param sendKv whether its KV blocks are copied, otherwise the target computes them
     * @param ended runs at the end of the move
     * @return whether the move begins; {@code ended} does not run otherwise
     */
    boolean move(VirtualRequest request, int target, boolean sendKv, Runnable ended) {
        if (request.isEnded()
                || !request.isStarted
                || moves.containsKey(request.id())
                || request.replica == target) {
            return false;
        }
        var move = new Move(target, ended);
        moves.put(request.id(), move);
        boolean isHeld =
                devices.get(target)
                        .memory()
                        .use(request.adapter(), () -> begin(request, move, sendKv));
        if (!isHeld) {
            moves.remove(request.id());
        }
        return isHeld;
    }

    private void begin(VirtualRequest request, Move move, boolean sendKv) {
        if (request.isEnded()) {
            end(request, move, new MigrationResult.Ended());
            return;
        }
        var migration =
                new MigrationProtocol(
                        request.id(),
                        ClusterSetup.name(request.replica),
                        ClusterSetup.name(move.target),
                        request.epoch,
                        sendKv ? SLICE : 0);
        request.migration = migration;
        carryOut(request, migration.begin());
    }

    /** Returns whether a request is on its way. */
    boolean isMoving(VirtualRequest request) {
        return moves.containsKey(request.id());
    }

    private void carryOut(VirtualRequest request, List<MigrationOrder> orders) {
        var move = Objects.requireNonNull(moves.get(request.id()));
        for (var order : new ArrayList<>(orders)) {
            switch (order) {
                case MigrationOrder.Send(var replica, var command) ->
                        send(request, ClusterSetup.number(replica), command, move);
                case MigrationOrder.Own(var replica, var epoch) -> {
                    request.replica = ClusterSetup.number(replica);
                    request.epoch = epoch;
                }
                case MigrationOrder.Rescue() ->
                        throw new IllegalStateException("Both replicas lost " + request.id());
                case MigrationOrder.End(var result) -> end(request, move, result);
            }
        }
    }

    private void send(VirtualRequest request, int to, ReplicaCommand command, Move move) {
        var device = devices.get(to);
        switch (command) {
            case ReplicaCommand.WriteKv(_, _, var copy) -> {
                long bytes = copy.blocks().size() * ClusterSetup.BLOCK_BYTES;
                move.kvAt = device.link().arrival(timeline.now(), bytes);
                timeline.at(move.kvAt, () -> device.replica().send(command));
            }
            case ReplicaCommand.Import _ -> {
                pauses.begins(request, Math.max(0, move.kvAt - timeline.now()));
                timeline.at(move.kvAt, () -> device.replica().send(command));
            }
            default -> device.replica().send(command);
        }
    }

    /** Ends a move. The request keeps the adapter of its replica; the other one is released. */
    private void end(VirtualRequest request, Move move, MigrationResult result) {
        var source = request.migration == null ? "" : request.migration.source();
        boolean isMoved = result instanceof MigrationResult.Moved;
        int other = isMoved ? ClusterSetup.number(source) : move.target;
        devices.get(other).memory().release(request.adapter());
        moved += isMoved ? 1 : 0;
        if (!isMoved) {
            pauses.failed(request);
        }
        request.migration = null;
        moves.remove(request.id());
        move.ended.run();
    }
}
