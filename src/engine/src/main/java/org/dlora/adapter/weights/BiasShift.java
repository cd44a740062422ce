package org.dlora.adapter.weights;

import java.util.Optional;
import org.dlora.tensor.Tensor;

/**
 * The shift of a module's outputs that gives them the adapter's bias. The base has added its own
 * bias before, and DoRA's gain has multiplied it.
 *
 * @param base the base's bias
 * @param retrained the adapter's bias in its place
 * @param ofB the adapter's further bias, {@code lora_B.bias}
 * @param scale of {@code ofB}
 * @param gain DoRA's gain of each output
 */
record BiasShift(
        Optional<Tensor> base,
        Optional<Tensor> retrained,
        Optional<Tensor> ofB,
        float scale,
        Optional<float[]> gain) {

    /** Creates the shift of a module without a low rank. */
    BiasShift(Optional<Tensor> base, Tensor retrained) {
        this(base, Optional.of(retrained), Optional.empty(), 0, Optional.empty());
    }

    /** Returns {@code [outputs]}; empty if all are zero. */
    Optional<float[]> values(int outputs) {
        if (base.isEmpty() && retrained.isEmpty() && ofB.isEmpty()) {
            return Optional.empty();
        }
        var values = new float[outputs];
        boolean isZero = true;
        for (int i = 0; i < outputs; i++) {
            int at = i;
            double old = base.map(bias -> bias.getFloat(at)).orElse(0f);
            double wanted = retrained.map(bias -> (double) bias.getFloat(at)).orElse(old);
            wanted += ofB.map(bias -> (double) scale * bias.getFloat(at)).orElse(0.0);
            values[i] = (float) (wanted - gain.map(g -> g[at] * old).orElse(old));
            isZero &= values[i] == 0;
        }
        return isZero ? Optional.empty() : Optional.of(values);
    }
}
