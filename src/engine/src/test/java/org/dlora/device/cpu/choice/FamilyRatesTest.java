package org.dlora.device.cpu.choice;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.device.cpu.natives.KernelFamily.AMX;
import static org.dlora.device.cpu.natives.KernelFamily.AMX_EMULATED;
import static org.dlora.device.cpu.natives.KernelFamily.AVX512;
import static org.dlora.device.cpu.natives.KernelFamily.AVX512_BF16;
import static org.dlora.device.cpu.natives.KernelFamily.JAVA;

import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.dlora.device.cpu.natives.KernelFamily;

class FamilyRatesTest {
    private static KernelFamily best(Map<KernelFamily, Double> flops) {
        return new FamilyRates(flops, 1e9).best();
    }

    @Example
    void theMostCapableFamilyIsBestAmongEquals() {
        assertThat(best(Map.of(AMX, 1.0, AVX512_BF16, 1.0, AVX512, 1.0, JAVA, 1.0))).isEqualTo(AMX);
        assertThat(best(Map.of(AVX512_BF16, 1.0, AVX512, 1.0, JAVA, 1.0))).isEqualTo(AVX512_BF16);
        assertThat(best(Map.of(AVX512, 1.0, JAVA, 1.0))).isEqualTo(AVX512);
        assertThat(best(Map.of(JAVA, 1.0))).isEqualTo(JAVA);
    }

    @Example
    void aLessCapableFamilyIsBestFromTwelveTenthsOn() {
        assertThat(best(Map.of(AMX, 100.0, AVX512_BF16, 119.9))).isEqualTo(AMX);
        assertThat(best(Map.of(AMX, 100.0, AVX512_BF16, 120.0))).isEqualTo(AVX512_BF16);
        assertThat(best(Map.of(AVX512_BF16, 100.0, AVX512, 80.0, JAVA, 200.0))).isEqualTo(JAVA);
    }

    @Example
    void productsOfMultiplyAddsCountThreeQuarters() {
        assertThat(best(Map.of(AVX512_BF16, 75.0, AVX512, 119.9))).isEqualTo(AVX512_BF16);
        assertThat(best(Map.of(AVX512_BF16, 75.0, AVX512, 120.0))).isEqualTo(AVX512);
    }

    @Example
    void theFastestClearlyFasterFamilyIsBest() {
        assertThat(best(Map.of(AMX, 100.0, AVX512_BF16, 130.0, AVX512, 180.0))).isEqualTo(AVX512);
        assertThat(best(Map.of(AMX, 100.0, AVX512_BF16, 131.0, AVX512, 130.0)))
                .isEqualTo(AVX512_BF16);
    }

    @Example
    void emulatedTilesAreNeverChosen() {
        assertThat(best(Map.of(AMX_EMULATED, 9.0, AVX512, 1.0))).isEqualTo(AVX512);
    }

    @Property
    void noOtherFamilyIsClearlyFasterThanTheBest(
            @ForAll @Size(min = 1)
                    Map<KernelFamily, @DoubleRange(min = 1, max = 1e13) Double> flops) {
        flops.remove(AMX_EMULATED);
        flops.putIfAbsent(AVX512, 1e11);
        var chosen = best(flops);
        flops.computeIfPresent(AVX512, (_, rate) -> rate * 0.75);
        flops.computeIfPresent(JAVA, (_, rate) -> rate * 0.75);
        double rate = requireNonNull(flops.get(chosen));
        assertThat(flops.values()).allMatch(other -> other < 1.2 * rate * (1 + 1e-9));
    }

    @Example
    void wordsNameTheFamiliesInOrder() {
        var rates = new FamilyRates(Map.of(AVX512, 99.6e9, AMX, 1234e9), 21.4e9);
        assertThat(rates.words()).isEqualTo("AMX 1234, AVX-512 100 GFLOP/s; memory 21 GB/s");
    }
}
