package org.dlora.device;

import java.util.List;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** Makes matrices of tensors: {@link Device#matrix}, or what stands in front of it. */
@FunctionalInterface
public interface MatrixPacker {
    /** See {@link Device#matrix}. */
    WeightMatrix matrix(List<Tensor> parts, DType storage);
}
