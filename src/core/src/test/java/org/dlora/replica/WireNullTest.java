package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dlora.replica.wire.ReplicaCodec;
import org.dlora.replica.wire.WireFormatException;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A message with null for something that it needs is refused where it is read. */
class WireNullTest {
    /** Components that may be null: those marked so, and a seed that is not given. */
    private static final Set<String> NULLABLE =
            Set.of(
                    "logprobs",
                    "stop",
                    "seed",
                    "constraint",
                    "rules",
                    "building",
                    "build",
                    "unmergeable",
                    "exclusive",
                    "refused",
                    "heldText");

    private final ReplicaCodec codec = new ReplicaCodec();

    /** Messages by shape, the set of components that are not null. */
    private final Map<Set<String>, byte[]> shapes = new HashMap<>();

    private final Map<Class<?>, Integer> seen = new HashMap<>();

    @Test
    void nullIsReadOnlyWhereAComponentMayBeNull() {
        for (int seed = 0; seed < 12; seed++) {
            var random = new Random(seed);
            run(random, RandomCommands.kind(random).kind());
        }
        note(codec.encode(new ReplicaCommand.SetMergeRules("a", MergeRules.FREE)));
        var read = new TreeSet<String>();
        int refused = 0;
        for (var message : List.copyOf(shapes.values())) {
            for (var path : paths(tree(message))) {
                if (isRead(with(path, message))) {
                    read.add(path.getLast() + (isArray(path, message) ? "[]" : ""));
                } else {
                    refused++;
                }
            }
        }
        assertThat(read).isSubsetOf(NULLABLE);
        assertThat(read).contains("seed", "rules", "building", "build", "unmergeable");
        assertThat(refused).isGreaterThan(200);
    }

    private void run(Random random, PolicyKind policy) {
        var replica =
                new SimulatedReplica(
                        RandomRequests.tightShape(random),
                        new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE),
                        RandomRequests.ADAPTERS,
                        new QuickMerges());
        replica.through(
                command -> noted(command, codec.encode(command)),
                event -> noted(event, codec.encode(event)));
        for (int i = 0; i < 60; i++) {
            RandomCommands.operate(replica, random, i);
        }
        replica.finish();
    }

    private <T> T noted(T message, byte[] bytes) {
        if (seen.merge(message.getClass(), 1, Integer::sum) < 30) {
            note(bytes);
        }
        return message;
    }

    private void note(byte[] message) {
        var shape = new HashSet<String>();
        for (var path : paths(tree(message))) {
            var name = String.join("/", path);
            shape.add(name.replaceAll("[0-9]+", "#"));
        }
        shape.add(tree(message).path("is").asString());
        shapes.putIfAbsent(shape, message);
    }

    private static JsonNode tree(byte[] message) {
        return TamperedMessage.of(message).root();
    }

    /** Returns the paths of all values inside {@code node}. */
    private static List<List<String>> paths(JsonNode node) {
        var paths = new ArrayList<List<String>>();
        children(node)
                .forEach(name -> {
                    paths.add(List.of(name));
                    for (var rest : paths(child(node, name))) {
                        paths.add(Stream.concat(Stream.of(name), rest.stream()).toList());
                    }
                });
        return paths;
    }

    private static List<String> children(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> List.copyOf(object.propertyNames());
            case ArrayNode array ->
                    Stream.iterate(0, i -> i + 1)
                            .limit(Math.min(1, array.size()))
                            .map(String::valueOf)
                            .toList();
            default -> List.of();
        };
    }

    private static JsonNode child(JsonNode node, String name) {
        return node instanceof ArrayNode array
                ? array.get(Integer.parseInt(name))
                : node.path(name);
    }

    private static boolean isArray(List<String> path, byte[] message) {
        var node = tree(message);
        for (var name : path) {
            node = child(node, name);
        }
        return node.isArray();
    }

    private static byte[] with(List<String> path, byte[] message) {
        var root = tree(message);
        var parent = root;
        for (var name : path.subList(0, path.size() - 1)) {
            parent = child(parent, name);
        }
        if (parent instanceof ObjectNode object) {
            object.putNull(path.getLast());
        } else {
            ((ArrayNode) parent).setNull(Integer.parseInt(path.getLast()));
        }
        return new TamperedMessage(root).bytes();
    }

    private boolean isRead(byte[] bytes) {
        return reads(bytes, true) || reads(bytes, false);
    }

    private boolean reads(byte[] bytes, boolean asCommand) {
        try {
            assertThat(asCommand ? codec.command(bytes) : codec.event(bytes)).isNotNull();
            return true;
        } catch (WireFormatException e) {
            return false;
        }
    }
}
