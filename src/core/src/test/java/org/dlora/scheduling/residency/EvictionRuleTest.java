package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class EvictionRuleTest {
    @Property(tries = 300)
    void victimsSufficeAllAreNeededAndNoneHasMoreValueThanNecessary(@ForAll long seed) {
        var random = new Random(seed);
        var adapters = new ArrayList<AdapterStanding>();
        for (int i = 1 + random.nextInt(9); i > 0; i--) {
            adapters.add(standing("a" + i, 1L + random.nextInt(12), random.nextInt(4)));
        }
        long need = 1 + random.nextLong(EvictionRule.bytes(adapters));
        var byValue = adapters.stream().sorted(EvictionRule.BY_VALUE).toList();

        var chosen = EvictionRule.of(byValue, need);

        long bytes = EvictionRule.bytes(chosen);
        assertThat(bytes).isGreaterThanOrEqualTo(need);
        assertThat(chosen).allMatch(victim -> bytes - victim.bytes() < need);
        long less =
                byValue.stream()
                        .takeWhile(adapter -> !adapter.equals(chosen.getLast()))
                        .mapToLong(AdapterStanding::bytes)
                        .sum();
        assertThat(less).isLessThan(need);
    }

    private static AdapterStanding standing(String id, long bytes, double demand) {
        return new AdapterStanding(
                id,
                bytes,
                0.5,
                Residence.RESIDENT,
                0,
                false,
                0,
                0,
                Double.POSITIVE_INFINITY,
                demand);
    }
}
