package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class BalancesTest {
    @Property(tries = 100)
    void balancesEqualAMapAfterAnyChanges(@ForAll long seed) {
        var random = new Random(seed);
        var expected = new HashMap<AdapterRef, Double>();
        for (int i = random.nextInt(400); i > 0; i--) {
            expected.put(ref(random), random.nextDouble());
        }
        var balances = Balances.of(expected);
        for (int step = 0; step < 50; step++) {
            var changes = new HashMap<AdapterRef, Double>();
            for (int i = random.nextInt(8); i > 0; i--) {
                changes.put(ref(random), random.nextDouble());
            }
            var before = Map.copyOf(balances);
            var changed = balances.with(changes);
            assertThat(balances).isEqualTo(before);
            expected.putAll(changes);
            assertThat(changed).isEqualTo(expected).hasSameSizeAs(expected);
            expected.forEach((adapter, number) ->
                    assertThat(changed.getOrDefault(adapter, Double.NaN)).isEqualTo(number));
            balances = changed;
        }
    }

    private static AdapterRef ref(Random random) {
        return AdapterRef.of("adapter-" + random.nextInt(500));
    }
}
