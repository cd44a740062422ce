package org.dlora.scheduling.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/** Properties of every placement. */
class PlacementPropertiesTest {
    @Property(tries = 1000, seed = "60")
    void planThatIsCarriedOutIsFollowedByAnEmptyOne(@ForAll long seed) {
        var snapshot = random(seed);
        var plan = new BurstPlacement().plan(snapshot);
        var next = new BurstPlacement().plan(PlacementSketch.applied(snapshot, plan));
        assertThat(PlacementSketch.changes(next)).isEmpty();
        assertThat(next.toleranceBefore()).isEqualTo(plan.toleranceAfter());
        Statistics.label("copies").collect(Math.min(9, plan.copy().size()));
        Statistics.label("given back").collect(Math.min(9, plan.give().size()));
        Statistics.label("on demand").collect(Math.min(9, plan.onDemand().size()));
    }

    @Property(tries = 1000, seed = "60")
    void kvKeepsItsLeastWhereCopiesAreMade(@ForAll long seed) {
        var snapshot = random(seed);
        var plan = new BurstPlacement().plan(snapshot);
        var after = PlacementSketch.applied(snapshot, plan);
        for (var copy : plan.copy()) {
            var memory = memory(snapshot, copy.memory());
            assertThat(memory.replicas()).isPositive();
            assertThat(kv(after, memory)).isGreaterThanOrEqualTo(memory.leastKvBytes());
        }
    }

    @Property(tries = 1000, seed = "60")
    void burstToleranceIsAsDefinedAndNeverFalls(@ForAll long seed) {
        var snapshot = random(seed);
        var plan = new BurstPlacement().plan(snapshot);
        var after = PlacementSketch.applied(snapshot, plan);
        assertThat(plan.toleranceAfter()).isGreaterThanOrEqualTo(plan.toleranceBefore());
        double expected =
                after.adapters().stream()
                        .filter(a -> a.share() >= snapshot.settings().keepShare())
                        .filter(a -> hosts(after, a) > 0)
                        .mapToDouble(a -> tolerance(after, a))
                        .min()
                        .orElse(Double.POSITIVE_INFINITY);
        if (Double.isInfinite(expected)) {
            assertThat(plan.toleranceAfter()).isEqualTo(expected);
        } else {
            assertThat(plan.toleranceAfter())
                    .isCloseTo(expected, within(1e-9 * Math.abs(expected)));
        }
    }

    @Property(tries = 1000, seed = "60")
    void onlyUnpinnedCopiesOfLittleUseAreGivenBack(@ForAll long seed) {
        var snapshot = random(seed);
        var plan = new BurstPlacement().plan(snapshot);
        var after = PlacementSketch.applied(snapshot, plan);
        var given =
                plan.give().stream()
                        .map(PlacementPlan.GiveBack::adapter)
                        .collect(Collectors.toSet());
        for (var adapter : after.adapters()) {
            if (given.contains(adapter.id())) {
                assertThat(adapter.isPinned()).isFalse();
                assertThat(
                                adapter.share() < snapshot.settings().keepShare()
                                        || hosts(after, adapter) > 0)
                        .isTrue();
            }
        }
    }

    @Property(tries = 1000, seed = "60")
    void adapterInDemandIsPlacedOrFitsBesideTheLastCopiesOfOthersNowhere(@ForAll long seed) {
        var snapshot = random(seed);
        var plan = new BurstPlacement().plan(snapshot);
        var after = PlacementSketch.applied(snapshot, plan);
        var onDemand =
                plan.onDemand().stream()
                        .map(PlacementPlan.OnDemand::adapter)
                        .collect(Collectors.toSet());
        for (var adapter : after.adapters()) {
            boolean isMissing =
                    adapter.share() >= snapshot.settings().placeShare()
                            && hosts(after, adapter) == 0;
            assertThat(onDemand.contains(adapter.id())).isEqualTo(isMissing);
            if (isMissing) {
                assertThat(snapshot.memories())
                        .noneMatch(m ->
                                m.replicas() > 0
                                        && !adapter.barred().contains(m.id())
                                        && canFit(after, m, adapter));
            }
        }
    }

    @Property(tries = 1000, seed = "60")
    void noAdapterGetsMoreThanTheMostCopies(@ForAll long seed) {
        var snapshot = random(seed);
        var plan = new BurstPlacement().plan(snapshot);
        var after = PlacementSketch.applied(snapshot, plan);
        for (var copy : plan.copy()) {
            var adapter =
                    after.adapters().stream()
                            .filter(a -> a.id().equals(copy.adapter()))
                            .findFirst()
                            .orElseThrow();
            assertThat(hosts(after, adapter)).isLessThanOrEqualTo(snapshot.settings().maxCopies());
            assertThat(adapter.barred()).doesNotContain(copy.memory());
            if (copy.source() != null) {
                assertThat(adapter.hosts()).contains(copy.source());
            }
        }
    }

    @Property(tries = 2000, seed = "60")
    void smallChangesOfSharesNeverBringTheFormerCopiesBack(@ForAll long seed) {
        var former = random(seed);
        var plan = new BurstPlacement().plan(former);
        var next = drifted(PlacementSketch.applied(former, plan), new Random(seed));
        var last = PlacementSketch.applied(next, new BurstPlacement().plan(next));
        Statistics.label("changed").collect(!plan.isEmpty());
        if (!plan.isEmpty()) {
            assertThat(last.adapters())
                    .extracting(AdapterDemand::hosts)
                    .isNotEqualTo(former.adapters().stream().map(AdapterDemand::hosts).toList());
        }
    }

    /** Returns the cluster with shares that have changed by less than the least gain. */
    private static PlacementSnapshot drifted(PlacementSnapshot snapshot, Random random) {
        double gain = snapshot.settings().minGain();
        var adapters =
                snapshot.adapters().stream()
                        .map(a -> {
                            double factor = Math.pow(1 + gain, 1.98 * random.nextDouble() - 0.99);
                            return new AdapterDemand(
                                    a.id(),
                                    a.bytes(),
                                    Math.min(1, a.share() * factor),
                                    a.hosts(),
                                    a.barred(),
                                    a.isPinned(),
                                    a.diskSeconds(),
                                    a.copySeconds());
                        })
                        .toList();
        return new PlacementSnapshot(snapshot.memories(), adapters, snapshot.settings());
    }

    private static boolean canFit(
            PlacementSnapshot after, HostMemory memory, AdapterDemand missing) {
        long further =
                after.adapters().stream()
                        .filter(a -> a.hosts().contains(memory.id()))
                        .filter(a -> !a.isPinned() && hosts(after, a) > 1)
                        .mapToLong(AdapterDemand::bytes)
                        .sum();
        return kv(after, memory) + further - memory.leastKvBytes() >= missing.bytes();
    }

    private static HostMemory memory(PlacementSnapshot snapshot, String id) {
        return snapshot.memories().stream()
                .filter(memory -> memory.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static long hosts(PlacementSnapshot snapshot, AdapterDemand adapter) {
        return snapshot.memories().stream()
                .filter(m -> m.replicas() > 0 && adapter.hosts().contains(m.id()))
                .count();
    }

    private static long kv(PlacementSnapshot snapshot, HostMemory memory) {
        return memory.bytes()
                - memory.reservedBytes()
                - snapshot.adapters().stream()
                        .filter(a -> a.hosts().contains(memory.id()))
                        .mapToLong(AdapterDemand::bytes)
                        .sum();
    }

    private static double tolerance(PlacementSnapshot snapshot, AdapterDemand adapter) {
        return snapshot.memories().stream()
                        .filter(m -> m.replicas() > 0 && adapter.hosts().contains(m.id()))
                        .mapToLong(m -> kv(snapshot, m))
                        .sum()
                / adapter.share();
    }

    private static Set<String> barred(Random random) {
        return random.nextInt(8) == 0 ? Set.of("m" + random.nextInt(3)) : Set.of();
    }

    /** Returns a cluster of all kinds, in which no copy takes from the least KV. */
    private static PlacementSnapshot random(long seed) {
        var random = new Random(seed);
        var sketch = new PlacementSketch();
        sketch.settings(random.nextInt(3) * 0.05, 1 + random.nextInt(6));
        int memories = 1 + random.nextInt(6);
        int[] room = new int[memories];
        for (int m = 0; m < memories; m++) {
            int bytes = 20 + random.nextInt(200);
            int least = random.nextInt(20);
            int reserved = random.nextInt(3) == 0 ? random.nextInt(10) : 0;
            int replicas = random.nextInt(6) == 0 ? 0 : 1 + random.nextInt(2);
            room[m] = bytes - least - reserved;
            sketch.memory(
                    new HostMemory(
                            "m" + m,
                            replicas,
                            bytes * PlacementSketch.MB,
                            least * PlacementSketch.MB,
                            reserved * PlacementSketch.MB));
        }
        int adapters = random.nextInt(20);
        for (int a = 0; a < adapters; a++) {
            int size = 1 + random.nextInt(random.nextInt(4) == 0 ? 60 : 8);
            Set<String> hosts = new HashSet<>();
            for (int m = 0; m < memories; m++) {
                if (random.nextInt(3) == 0 && size <= room[m]) {
                    room[m] -= size;
                    hosts.add("m" + m);
                }
            }
            double share =
                    random.nextInt(4) == 0 ? random.nextDouble(0.02) : random.nextDouble() / 8;
            sketch.adapter(
                    new AdapterDemand(
                            "a" + a,
                            size * PlacementSketch.MB,
                            share,
                            hosts,
                            barred(random),
                            random.nextInt(8) == 0,
                            random.nextDouble(),
                            random.nextDouble()));
        }
        return sketch.snapshot();
    }
}
