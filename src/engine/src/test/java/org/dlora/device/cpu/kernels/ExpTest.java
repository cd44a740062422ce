package org.dlora.device.cpu.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernels")
@net.jqwik.api.Tag("kernels")
class ExpTest {

    @Property(tries = 10_000)
    void isWithinTwoUlpOfTheExactValue(@ForAll @FloatRange(min = -110, max = 88.7f) float x) {
        double exact = Math.exp(x);
        assertThat(Math.abs(Exp.exp(x) - exact)).isLessThanOrEqualTo(2 * Math.ulp((float) exact));
    }

    @Test
    void endsInZeroAndInfinity() {
        assertThat(Exp.exp(0)).isEqualTo(1);
        assertThat(Exp.exp(-0f)).isEqualTo(1);
        assertThat(Exp.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Exp.exp(-1e30f)).isZero();
        assertThat(Exp.exp(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Exp.exp(88.73f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Exp.exp(Float.NaN)).isNaN();
    }
}
