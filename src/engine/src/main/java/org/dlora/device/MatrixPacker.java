package org.dlora.device;

import java.util.List;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** Packer of tensors into matrices: a {@link Device}, or a cache in front of one. */
@FunctionalInterface
public interface MatrixPacker {
    /** Packs {@code parts}; see {@link Device#matrix}. */
    WeightMatrix matrix(List<Tensor> parts, DType storage);
}
