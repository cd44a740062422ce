package org.dlora.cluster.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AdapterRouteTest {
    private static final int REQUESTS = 10_000;

    @Test
    void drawnRequestsFollowTheWeights() {
        var route = route(Map.of(3, 90, 4, 10), false);
        var random = new Random(7);
        var counts = new HashMap<Integer, Integer>();
        for (int i = 0; i < REQUESTS; i++) {
            counts.merge(route.choose(random.nextDouble()), 1, Integer::sum);
        }
        assertFollows(counts, 4, 0.1);
    }

    @Test
    void usersFollowTheWeightsAndKeepTheirVersion() {
        var route = route(Map.of(3, 90, 4, 10), true);
        var counts = new HashMap<Integer, Integer>();
        for (int i = 0; i < REQUESTS; i++) {
            int version = route.choose(AdapterRoute.position("sql", "user " + i));
            assertThat(route.choose(AdapterRoute.position("sql", "user " + i))).isEqualTo(version);
            counts.merge(version, 1, Integer::sum);
        }
        assertFollows(counts, 4, 0.1);
    }

    /** Four standard deviations of a binomial distribution. */
    private static void assertFollows(Map<Integer, Integer> counts, int version, double share) {
        double deviation = Math.sqrt(REQUESTS * share * (1 - share));
        assertThat(counts).containsOnlyKeys(3, 4);
        assertThat((double) counts.getOrDefault(version, 0))
                .isCloseTo(REQUESTS * share, within(4 * deviation));
    }

    /** A canary that grows must take no user of it back to the old version. */
    @Property
    void aVersionOfMoreWeightKeepsItsUsers(
            @ForAll String user,
            @ForAll @IntRange(min = 1, max = 99) int before,
            @ForAll @IntRange(min = 1, max = 99) int more) {
        int after = Math.min(99, before + more);
        double position = AdapterRoute.position("sql", user);
        var small = route(Map.of(3, 100 - before, 4, before), true);
        var large = route(Map.of(3, 100 - after, 4, after), true);
        if (small.choose(position) == 4) {
            assertThat(large.choose(position)).isEqualTo(4);
        }
    }

    /** Else the same users would try every new version. */
    @Test
    void positionsOfAUserDifferBetweenAdapters() {
        assertThat(AdapterRoute.position("sql", "ann"))
                .isNotEqualTo(AdapterRoute.position("law", "ann"));
        assertThat(AdapterRoute.position("sql", "ann")).isBetween(0.0, 1.0);
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

    private static AdapterRoute route(Map<Integer, Integer> weights, boolean sticky) {
        return new AdapterRoute(new TreeMap<>(weights), sticky);
    }
}
