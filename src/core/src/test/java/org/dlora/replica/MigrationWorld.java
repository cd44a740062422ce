package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.dlora.replica.migration.MigrationOrder;
import org.dlora.replica.migration.MigrationProtocol;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.TokenLogprobs;
import org.dlora.replica.wire.ReplicaCodec;
import org.dlora.scheduling.CostModel;
import org.jspecify.annotations.Nullable;

/**
 * Replicas and the owner of their requests, between whom every message is bytes on a link. A link
 * keeps its order and numbers its messages; it is as slow as the test wants, and may deliver a
 * message again. The owner follows migrations, and continues the requests of a replica that fails.
 */
final class MigrationWorld {
    private final ReplicaCodec codec = new ReplicaCodec();
    private final Random random;
    private final Map<String, Node> nodes = new TreeMap<>();
    private final Map<String, Owned> requests = new TreeMap<>();
    private final List<MigrationResult> results = new ArrayList<>();
    private int delivered;

    /** Link in one direction between the owner and a replica. */
    private final class Link {
        final Deque<Message> messages = new ArrayDeque<>();
        @Nullable Message last;
        int sent;
        int received;

        void send(byte[] bytes) {
            messages.add(new Message(++sent, bytes));
        }

        /** Returns the next message, or one that came before; null if that was dealt with. */
        byte @Nullable [] receive() {
            boolean again = last != null && random.nextInt(4) == 0;
            var message = again ? Objects.requireNonNull(last) : messages.remove();
            last = message;
            if (message.number() <= received) {
                return null;
            }
            received = message.number();
            return message.bytes();
        }
    }

    private record Message(int number, byte[] bytes) {}

    private final class Node {
        final Link in = new Link();
        final Link out = new Link();
        final SimulatedReplica replica;

        /** Copies of KV on their way, by move. */
        final Map<List<Object>, Integer> copies = new HashMap<>();

        Node(ReplicaShape shape, SchedulingSettings settings) {
            replica =
                    new SimulatedReplica(
                            shape, settings, RandomRequests.ADAPTERS, CostModel.UNCALIBRATED);
            replica.through(
                    command -> command,
                    event -> {
                        out.send(codec.encode(event));
                        return event;
                    });
        }
    }

    /** A request as its owner sees it. */
    static final class Owned {
        final GenerationRequest request;
        final List<GenerationEvent> told = new ArrayList<>();
        final List<Integer> tokens = new ArrayList<>();
        List<TokenLogprobs> prompt = List.of();
        String replica;
        long epoch;
        boolean hasPrompt;
        boolean ended;
        @Nullable MigrationProtocol migration;

        @Override
        public String toString() {
            return "%s of %s in %d, ended: %s, %s"
                    .formatted(
                            request.id(),
                            replica,
                            epoch,
                            ended,
                            migration == null ? "not moving" : migration.phase());
        }

        Owned(GenerationRequest request, String replica) {
            this.request = request;
            this.replica = replica;
        }
    }

    MigrationWorld(Random random) {
        this.random = random;
    }

    void add(String id, ReplicaShape shape, SchedulingSettings settings) {
        nodes.put(id, new Node(shape, settings));
    }

    /** Replaces a replica by one that knows nothing of it; what is on its way to it is lost. */
    void fail(String id, ReplicaShape shape, SchedulingSettings settings) {
        add(id, shape, settings);
        for (var owned : requests.values()) {
            var migration = owned.migration;
            boolean concerns =
                    migration != null
                            && (migration.source().equals(id) || migration.target().equals(id));
            if (concerns) {
                carryOut(owned, Objects.requireNonNull(migration).lost(id));
            } else if (!owned.ended && owned.replica.equals(id)) {
                rescue(owned);
            }
        }
    }

    void submit(GenerationRequest request, String replica) {
        requests.put(request.id(), new Owned(request, replica));
        send(replica, new ReplicaCommand.Submit(request));
    }

    private void send(String replica, ReplicaCommand command) {
        var node = node(replica);
        node.in.send(codec.encode(command));
        if (command instanceof ReplicaCommand.WriteKv(var request, var epoch, _)) {
            int copies = node.copies.merge(List.of(request, epoch), 1, Integer::sum);
            assertThat(copies).as("slices of %s on their way", request).isLessThanOrEqualTo(2);
        }
    }

    /** Returns the copies of KV of a request's first owner that are on their way to a replica. */
    int copiesOnTheWay(String request, String replica) {
        return node(replica).copies.getOrDefault(List.<Object>of(request, 0L), 0);
    }

    private Node node(String id) {
        return Objects.requireNonNull(nodes.get(id));
    }

    Owned owned(String request) {
        return Objects.requireNonNull(requests.get(request));
    }

    List<MigrationResult> results() {
        return results;
    }

    /** Returns the messages that were delivered so far. */
    int delivered() {
        return delivered;
    }

    boolean isDone() {
        return requests.values().stream().allMatch(one -> one.ended && one.migration == null)
                && nodes.values().stream()
                        .allMatch(node ->
                                node.in.messages.isEmpty()
                                        && node.out.messages.isEmpty()
                                        && node.replica.state().isIdle());
    }

    /** Begins to move a request, unless it is moving or has ended. */
    void move(String request, String target, int slice) {
        var owned = owned(request);
        if (!owned.ended && owned.migration == null && !owned.replica.equals(target)) {
            var migration =
                    new MigrationProtocol(request, owned.replica, target, owned.epoch, slice);
            owned.migration = migration;
            carryOut(owned, migration.begin());
        }
    }

    /** Delivers a message on a drawn link, or computes a step of a drawn replica. */
    void advance() {
        var able = new ArrayList<Runnable>();
        for (var node : nodes.values()) {
            if (!node.in.messages.isEmpty()) {
                able.add(() -> deliverCommand(node));
            }
            if (!node.out.messages.isEmpty()) {
                able.add(() -> deliverEvent(node));
            }
            if (!node.replica.state().isIdle()) {
                able.add(node.replica::step);
            }
        }
        assertThat(able).as(requests.toString()).isNotEmpty();
        able.get(random.nextInt(able.size())).run();
    }

    /**
     * Delivers what is on its way, but to one replica, until nothing follows; no step is computed.
     */
    void exchangeBut(String replica) {
        for (boolean goesOn = true; goesOn; ) {
            goesOn = false;
            for (var entry : nodes.entrySet()) {
                var node = entry.getValue();
                if (!node.out.messages.isEmpty()) {
                    deliverEvent(node);
                    goesOn = true;
                } else if (!node.in.messages.isEmpty() && !entry.getKey().equals(replica)) {
                    deliverCommand(node);
                    goesOn = true;
                }
            }
        }
    }

    private void deliverCommand(Node node) {
        var bytes = node.in.receive();
        if (bytes != null) {
            delivered++;
            var command = codec.command(bytes);
            if (command instanceof ReplicaCommand.WriteKv(var request, var epoch, _)) {
                node.copies.merge(List.of(request, epoch), -1, Integer::sum);
            }
            node.replica.apply(command);
        }
    }

    private void deliverEvent(Node node) {
        var bytes = node.out.receive();
        if (bytes == null) {
            return;
        }
        delivered++;
        switch (codec.event(bytes)) {
            case ReplicaEvent.Generated(var request, var epoch, var event) ->
                    generated(owned(request), epoch, event);
            case ReplicaEvent.Refused(var request, var epoch, var failed) ->
                    refused(owned(request), epoch, failed);
            case ReplicaEvent.Move move -> moved(owned(move.request()), move);
            default -> {}
        }
    }

    private void generated(Owned owned, long epoch, GenerationEvent event) {
        boolean isRepeated = event instanceof GenerationEvent.Prompt && owned.hasPrompt;
        if (epoch != owned.epoch || owned.ended || isRepeated) {
            return;
        }
        owned.told.add(event);
        switch (event) {
            case Token token -> owned.tokens.add(token.token());
            case GenerationEvent.Prompt(var logprobs) -> {
                owned.prompt = logprobs;
                owned.hasPrompt = true;
            }
            default -> owned.ended = true;
        }
        if (owned.ended && owned.migration != null) {
            carryOut(owned, owned.migration.requestEnded(epoch));
        }
    }

    private void refused(Owned owned, long epoch, Failed failed) {
        if (owned.migration != null) {
            carryOut(owned, owned.migration.refused(epoch, failed.message()));
        } else if (epoch == owned.epoch) {
            assertThat(failed.code().retryElsewhere()).as(failed.message()).isTrue();
            rescue(owned);
        }
    }

    private void moved(Owned owned, ReplicaEvent.Move move) {
        if (owned.migration != null) {
            carryOut(owned, owned.migration.on(move));
        }
    }

    private void carryOut(Owned owned, List<MigrationOrder> orders) {
        for (var order : orders) {
            switch (order) {
                case MigrationOrder.Send(var replica, var command) -> send(replica, command);
                case MigrationOrder.Own(var replica, var epoch) -> {
                    assertThat(epoch).isGreaterThan(owned.epoch);
                    owned.replica = replica;
                    owned.epoch = epoch;
                }
                case MigrationOrder.Rescue() -> rescue(owned);
                case MigrationOrder.End(var result) -> {
                    owned.migration = null;
                    results.add(result);
                }
            }
        }
    }

    /** Continues a request elsewhere from what its client was told. */
    private void rescue(Owned owned) {
        if (owned.ended) {
            return;
        }
        owned.epoch += 10;
        var others = new ArrayList<>(nodes.keySet());
        owned.replica = others.get(random.nextInt(others.size()));
        var output = owned.tokens.stream().mapToInt(Integer::intValue).toArray();
        var told = SequenceState.told(owned.request, output, owned.prompt, 0);
        send(owned.replica, new ReplicaCommand.Import(told, owned.epoch, false));
    }

    /** Checks that no replica has anything left of the requests. */
    void verifyEmpty() {
        var left = new HashMap<String, Integer>();
        nodes.forEach((id, node) -> {
            node.replica.state().verify();
            left.put(id, node.replica.state().load().running());
            RandomRequests.ADAPTERS
                    .keySet()
                    .forEach(adapter ->
                            assertThat(node.replica.state().uses(adapter))
                                    .as("%s on %s", adapter, id)
                                    .isFalse());
        });
        assertThat(left.values()).containsOnly(0);
    }
}
