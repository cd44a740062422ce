package org.dlora.catalogue.versions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AliasRouteTest {
    private static final int REQUESTS = 10_000;

    @Test
    void drawnRequestsFollowTheWeights() {
        var route = route(Map.of(3, 90, 4, 10), false);
        var random = new Random(7);
        var counts = new HashMap<Integer, Integer>();
        for (int i = 0; i < REQUESTS; i++) {
            counts.merge(route.choose(random.nextDouble()), 1, Integer::sum);
        }
        assertThat(counts).containsOnlyKeys(3, 4);
        assertFollows(counts, 4, 0.1);
    }

    @Test
    void usersFollowTheWeightsAndKeepTheirVersion() {
        var route = route(Map.of(3, 90, 4, 10), true);
        var counts = new HashMap<Integer, Integer>();
        for (int i = 0; i < REQUESTS; i++) {
            int version = route.choose("sql", "user " + i);
            assertThat(route.choose("sql", "user " + i)).isEqualTo(version);
            counts.merge(version, 1, Integer::sum);
        }
        assertThat(counts).containsOnlyKeys(3, 4);
        assertFollows(counts, 4, 0.1);
    }

    /** Four standard deviations of a binomial distribution. */
    private static void assertFollows(Map<Integer, Integer> counts, int version, double share) {
        double deviation = Math.sqrt(REQUESTS * share * (1 - share));
        assertThat((double) counts.getOrDefault(version, 0))
                .isCloseTo(REQUESTS * share, within(4 * deviation));
    }

    /**
     * A canary that grows must take no user of it back to an old version, whatever its number among
     * the others, and no user of another version to a third one.
     */
    @Property(tries = 300)
    void aWeightThatChangesMovesUsersOfItsVersionAlone(
            @ForAll @Size(min = 2, max = AliasRoute.MAX_VERSIONS)
                    List<@IntRange(min = 1, max = 100) Integer> weights,
            @ForAll @IntRange(max = AliasRoute.MAX_VERSIONS - 1) int at,
            @ForAll @IntRange(min = 1, max = 1000) int more) {
        int changing = 1 + at % weights.size();
        var before = new HashMap<Integer, Integer>();
        for (int i = 0; i < weights.size(); i++) {
            before.put(1 + i, weights.get(i));
        }
        var after = new HashMap<>(before);
        after.merge(changing, more, Integer::sum);
        var small = route(before, true);
        var large = route(after, true);
        for (int i = 0; i < 100; i++) {
            int smallChoice = small.choose("sql", "user " + i);
            int largeChoice = large.choose("sql", "user " + i);
            if (largeChoice != smallChoice) {
                assertThat(largeChoice).isEqualTo(changing);
            }
        }
    }

    /** Half of the users of version 3 lost it when its weight grew from 50 to 100. */
    @Test
    void aVersionWhoseWeightGrowsKeepsItsUsersAndGetsMore() {
        var before = counted(Map.of(3, 50, 4, 50, 5, 100));
        var after = counted(Map.of(3, 100, 4, 50, 5, 100));
        assertContainsAllAndMore(after, before, 3);
        assertContainsAllAndMore(before, after, 4);
        assertContainsAllAndMore(before, after, 5);
        assertFollows(sizes(after), 3, 0.4);
        assertFollows(sizes(after), 4, 0.2);
        assertFollows(sizes(after), 5, 0.4);
    }

    private static void assertContainsAllAndMore(
            Map<Integer, Set<String>> all, Map<Integer, Set<String>> some, int version) {
        var its = some.getOrDefault(version, Set.of());
        assertThat(all.get(version)).containsAll(its).hasSizeGreaterThan(its.size());
    }

    private static Map<Integer, Set<String>> counted(Map<Integer, Integer> weights) {
        var route = route(weights, true);
        var users = new HashMap<Integer, Set<String>>();
        for (int i = 0; i < REQUESTS; i++) {
            var user = "user " + i;
            users.computeIfAbsent(route.choose("sql", user), _ -> new HashSet<>()).add(user);
        }
        return users;
    }

    private static Map<Integer, Integer> sizes(Map<Integer, Set<String>> users) {
        var sizes = new HashMap<Integer, Integer>();
        users.forEach((version, its) -> sizes.put(version, its.size()));
        return sizes;
    }

    /** Else the same users would try every new version. */
    @Test
    void usersOfAVersionDifferBetweenAdapters() {
        var route = route(Map.of(3, 50, 4, 50), true);
        assertThat(
                        IntStream.range(0, 100)
                                .filter(i ->
                                        route.choose("sql", "user " + i)
                                                != route.choose("law", "user " + i)))
                .hasSizeBetween(30, 70);
    }

    /** Servers that share a database choose alike, and so does the next release. */
    @Test
    void choicesAreTheSameInEveryProcess() {
        var route = route(Map.of(1, 10, 2, 20, 3, 30), true);
        assertThat(Stream.of("ann", "bob", "eve", "").map(user -> route.choose("sql", user)))
                .containsExactly(3, 1, 2, 3);
    }

    @Test
    void endsOfTheRangeAreVersions() {
        var route = route(Map.of(1, 1, 2, 1, 5, 2), false);
        assertThat(route.choose(0)).isEqualTo(1);
        assertThat(route.choose(0.25)).isEqualTo(2);
        assertThat(route.choose(0.5)).isEqualTo(5);
        assertThat(route.choose(Math.nextDown(1.0))).isEqualTo(5);
        assertThat(route.main()).isEqualTo(5);
        assertThat(route(Map.of(1, 3, 2, 3), false).main()).isEqualTo(2);
    }

    @Test
    void weightsOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> route(Map.of(), false))
                .withMessage("A route needs 1 to 16 versions, given were 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> route(Map.of(1, 0), false))
                .withMessageContaining("Version 1 has weight 0: expected");
        assertThatIllegalArgumentException().isThrownBy(() -> route(Map.of(0, 1), false));
    }

    @Test
    void aReplacedVersionGivesItsWeightAway() {
        assertThat(route(Map.of(1, 90, 2, 10), true).replaced(1, 3))
                .isEqualTo(route(Map.of(3, 90, 2, 10), true));
        assertThat(route(Map.of(1, 90, 2, 10), false).replaced(1, 2))
                .isEqualTo(route(Map.of(2, 100), false));
    }

    private static AliasRoute route(Map<Integer, Integer> weights, boolean sticky) {
        return new AliasRoute(new TreeMap<>(weights), sticky);
    }
}
