package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.kv.KvCopy;
import org.dlora.replica.migration.MigrationOrder;
import org.dlora.replica.migration.MigrationProtocol;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.StepLimits;
import org.junit.jupiter.api.Test;

/**
 * Requests that move between replicas, while messages are late or come twice and replicas fail,
 * give their clients what undisturbed ones give.
 */
class MigrationProtocolTest {
    private static final List<String> REPLICAS = List.of("0", "1", "2");

    private final Map<Class<?>, Integer> results = new HashMap<>();

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void movesChangeNothing(@ForAll long seed) {
        serve(new Random(seed), 0);
    }

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void failuresOfReplicasChangeNothing(@ForAll long seed) {
        serve(new Random(seed), 60);
    }

    @Test
    void migrationsEndInEveryWay() {
        for (int seed = 0; seed < 200; seed++) {
            serve(new Random(seed), seed % 2 * 60);
        }
        assertThat(results)
                .containsOnlyKeys(
                        MigrationResult.Moved.class,
                        MigrationResult.Ended.class,
                        MigrationResult.Failed.class);
        assertThat(results.get(MigrationResult.Moved.class)).as("%s", results).isGreaterThan(100);
    }

    @Test
    void copiesDoNotPileUpInFrontOfATargetInALongStep() {
        var world = new MigrationWorld(new Random(1));
        var shape = RandomRequests.shape(new StepLimits(4, 64, KvBlocks.TOKENS), 12);
        REPLICAS.forEach(id -> world.add(id, shape, SchedulingSettings.DEFAULT));
        var request = RandomRequests.greedy("r", AdapterRef.of("bee"), 68, 12);
        world.submit(request, "0");
        while (world.owned("r").tokens.isEmpty()) {
            world.advance();
        }
        world.move("r", "1", 1);
        world.exchangeBut("1");
        assertThat(world.copiesOnTheWay("r", "1")).as("of 4 blocks").isEqualTo(2);
        world.exchangeBut("2");
        assertThat(world.results()).containsExactly(new MigrationResult.Moved());
        while (!world.isDone()) {
            world.advance();
        }
        assertUndisturbed(world, request);
    }

    @Test
    void copiedKeysAndValuesStayTheirOwners() {
        var world = new MigrationWorld(new Random(1));
        var shape = RandomRequests.shape(new StepLimits(4, 64, KvBlocks.TOKENS), 24);
        REPLICAS.forEach(id -> world.add(id, shape, SchedulingSettings.DEFAULT));
        var red = PrefixOwner.ofTeam("red");
        var request = RandomRequests.greedy("r", AdapterRef.of("bee"), 68, 12);
        world.submit(request.withPrefixOwner(red), "0");
        while (world.owned("r").tokens.isEmpty()) {
            world.advance();
        }
        world.move("r", "1", 1);
        world.exchangeBut("2");
        assertThat(world.results()).containsExactly(new MigrationResult.Moved());
        finish(world);
        world.submit(request.withId("red").withPrefixOwner(red), "1");
        finish(world);
        world.submit(request.withId("shared"), "1");
        world.submit(request.withId("blue").withPrefixOwner(PrefixOwner.ofTeam("blue")), "1");
        finish(world);
        assertThat(cachedTokens(world, "red")).isEqualTo(4 * KvBlocks.TOKENS);
        assertThat(cachedTokens(world, "shared")).isZero();
        assertThat(cachedTokens(world, "blue")).isZero();
    }

    private static void finish(MigrationWorld world) {
        while (!world.isDone()) {
            world.advance();
        }
    }

    private static int cachedTokens(MigrationWorld world, String request) {
        return ((Finished) world.owned(request).told.getLast()).cachedTokens();
    }

    /** The answers of the target come late and twice. */
    @Test
    void aSourceIsAskedForASliceOnceTheTargetHasAnsweredTheOneBeforeTheLast() {
        var move = new MigrationProtocol("r", "0", "1", 5, 1);
        move.begin();
        assertThat(move.on(read(0, 9))).hasSize(2);
        assertThat(move.on(read(1, 8))).as("slice 0 is not answered").hasSize(1);
        assertThat(move.on(new ReplicaEvent.KvWritten("r", 4, 2))).as("another epoch").isEmpty();
        assertThat(move.on(new ReplicaEvent.KvWritten("r", 5, 1)))
                .containsExactly(
                        new MigrationOrder.Send("0", new ReplicaCommand.CopyKv("r", 5, 2, 1)));
        assertThat(move.on(new ReplicaEvent.KvWritten("r", 5, 1))).as("again").isEmpty();
        assertThat(move.on(read(2, 1))).as("slice 1 is not answered").hasSize(1);
        assertThat(move.on(new ReplicaEvent.KvWritten("r", 5, 3)))
                .containsExactly(
                        new MigrationOrder.Send("0", new ReplicaCommand.Export("r", 5, 3)));
        assertThat(move.on(new ReplicaEvent.KvWritten("r", 5, 3))).as("again").isEmpty();
        assertThat(move.lost("0")).isNotEmpty();
        assertThat(move.on(new ReplicaEvent.KvWritten("r", 5, 3))).as("late").isEmpty();
    }

    private static ReplicaEvent.KvRead read(int block, int left) {
        var tokens = new int[(block + 1) * KvBlocks.TOKENS];
        var copy =
                new KvCopy(
                        AdapterRef.base(),
                        PrefixOwner.SHARED,
                        tokens,
                        block,
                        0,
                        List.of(new byte[1]));
        return new ReplicaEvent.KvRead("r", 5, copy, left, 0);
    }

    private void serve(Random random, int failOneIn) {
        var world = new MigrationWorld(random);
        REPLICAS.forEach(id -> world.add(id, shape(random), SchedulingSettings.DEFAULT));
        var requests = new ArrayList<GenerationRequest>();
        for (int i = 0; i < 1 + random.nextInt(8); i++) {
            var request = RandomRequests.any("request-" + i, random);
            requests.add(request);
            world.submit(request, any(random));
        }
        int failures = 0;
        for (int i = 0; !world.isDone(); i++) {
            assertThat(i).isLessThan(20_000);
            if (i < 2000 && random.nextInt(4) == 0) {
                var request = requests.get(random.nextInt(requests.size()));
                world.move(request.id(), any(random), random.nextInt(3));
            }
            if (failOneIn > 0 && failures < 6 && random.nextInt(failOneIn) == 0) {
                failures++;
                world.fail(any(random), shape(random), SchedulingSettings.DEFAULT);
            }
            if (!world.isDone()) {
                world.advance();
            }
        }
        world.verifyEmpty();
        world.results().forEach(result -> results.merge(result.getClass(), 1, Integer::sum));
        requests.forEach(request -> assertUndisturbed(world, request));
    }

    private static void assertUndisturbed(MigrationWorld world, GenerationRequest request) {
        var alone =
                new SimulatedReplica(
                        RandomRequests.shape(new StepLimits(4, 64, KvBlocks.TOKENS), 20),
                        SchedulingSettings.DEFAULT,
                        RandomRequests.ADAPTERS,
                        CostModel.UNCALIBRATED);
        alone.submit(request);
        alone.finish();
        assertThat(ignoringCosts(world.owned(request.id()).told))
                .as(request.toString())
                .isEqualTo(ignoringCosts(alone.told(request.id())));
    }

    private static ReplicaShape shape(Random random) {
        return RandomRequests.shape(random, 6);
    }

    private static String any(Random random) {
        return REPLICAS.get(random.nextInt(REPLICAS.size()));
    }

    private static List<GenerationEvent> ignoringCosts(List<GenerationEvent> told) {
        return told.stream()
                .map(event ->
                        event instanceof Finished end
                                ? new Finished(end.reason(), end.text(), end.stop(), PLAIN)
                                : event)
                .toList();
    }

    private static final SequenceUsage PLAIN = SequenceUsage.NONE;

    /** Fails the source or the target of a move after each message, one run for each. */
    @Test
    void aFailureAtAnyPointOfAMoveChangesNothing() {
        for (var victim : List.of("0", "1")) {
            int messages = Integer.MAX_VALUE;
            for (int after = 0; after <= messages; after++) {
                messages = moveAndFail(victim, after);
            }
            assertThat(messages).isGreaterThan(10);
        }
    }

    /** Returns the messages of a run in which {@code victim} fails after some of them. */
    private static int moveAndFail(String victim, int after) {
        var world = new MigrationWorld(new Random(after));
        var limits = new StepLimits(4, 16, KvBlocks.TOKENS);
        REPLICAS.forEach(
                id -> world.add(id, RandomRequests.shape(limits, 12), SchedulingSettings.DEFAULT));
        var request = RandomRequests.greedy("r", AdapterRef.of("bee"), 50, 12);
        world.submit(request, "0");
        boolean failed = false;
        for (int i = 0; !world.isDone(); i++) {
            assertThat(i).isLessThan(20_000);
            if (!world.owned("r").tokens.isEmpty()) {
                world.move("r", "1", 1);
            }
            if (!failed && world.delivered() >= after) {
                failed = true;
                world.fail(victim, RandomRequests.shape(limits, 12), SchedulingSettings.DEFAULT);
            }
            if (!world.isDone()) {
                world.advance();
            }
        }
        world.verifyEmpty();
        assertUndisturbed(world, request);
        return world.delivered();
    }
}
