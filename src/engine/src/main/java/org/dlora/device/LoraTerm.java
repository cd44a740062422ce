package org.dlora.device;

import java.util.Optional;

/**
 * A change that an adapter makes to the outputs of a linear layer {@code y = W·x + bias}, for the
 * rows of its group. An embedding is such a layer too: its x is one-hot, at the token's id.
 */
public sealed interface LoraTerm {

    /**
     * A low-rank term {@code y = gain ⊙ (y + scale·B·A·x) + shift} on the outputs {@code
     * firstOutput .. firstOutput + n} (LoRA, Hu et al. 2021; with gain DoRA, Liu et al. 2024). The
     * y on the right has the base's bias in it, so the shift of a DoRA module takes back what the
     * gain does to that.
     *
     * @param a {@code [r, k]}, the shrink
     * @param b {@code [n, r]}, the expand
     * @param firstOutput where the term's n outputs begin in the (possibly fused) layer's outputs
     * @param scale {@code alpha / r}, or {@code alpha / sqrt(r)} for rsLoRA
     * @param gain {@code [n]}; absent: all ones
     * @param shift {@code [n]}; absent: all zeros
     */
    record LowRank(
            WeightMatrix a,
            WeightMatrix b,
            int firstOutput,
            float scale,
            Optional<WeightVector> gain,
            Optional<WeightVector> shift)
            implements LoraTerm {

        /** Creates a term of plain LoRA. */
        public LowRank(WeightMatrix a, WeightMatrix b, int firstOutput, float scale) {
            this(a, b, firstOutput, scale, Optional.empty(), Optional.empty());
        }
    }

    /** A term {@code y[firstOutput .. firstOutput + n) += vector}, of a module without low rank. */
    record Shift(WeightVector vector, int firstOutput) implements LoraTerm {}

    /**
     * A term {@code y = gain ⊙ y + shift} on the outputs {@code firstOutput .. firstOutput + n}. It
     * takes the gain of a merged DoRA module back.
     *
     * @param gain {@code [n]}
     * @param shift {@code [n]}; absent: all zeros
     */
    record Affine(WeightVector gain, Optional<WeightVector> shift, int firstOutput)
            implements LoraTerm {}

    /**
     * A term {@code y = weight·x}, whatever y was: the adapter has its own matrix for the whole
     * layer. It is the only term of its group.
     *
     * @param weight {@code [n, k]}; of an embedding the table {@code [vocab, hidden]}
     */
    record Replacement(WeightMatrix weight) implements LoraTerm {}
}
