package org.dlora.adapter;

import java.util.Optional;
import org.dlora.tensor.Tensor;

/**
 * What a module's outputs are moved by so that they have the adapter's bias. The base has added its
 * own before, and DoRA's gain has multiplied that.
 *
 * @param base the base's bias
 * @param retrained the adapter's in its place
 * @param ofB the adapter's besides, {@code lora_B.bias}
 * @param scale of {@code ofB}
 * @param gain DoRA's
 */
record BiasShift(
        Optional<Tensor> base,
        Optional<Tensor> retrained,
        Optional<Tensor> ofB,
        float scale,
        Optional<float[]> gain) {

    /** Of a module without a low rank. */
    BiasShift(Optional<Tensor> base, Tensor retrained) {
        this(base, Optional.of(retrained), Optional.empty(), 0, Optional.empty());
    }

    /** {@code [outputs]}; empty if it is all zeros. */
    Optional<float[]> values(int outputs) {
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
