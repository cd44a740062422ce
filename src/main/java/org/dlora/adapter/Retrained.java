package org.dlora.adapter;

import org.dlora.model.LinearModule;
import org.dlora.tensor.Tensor;

/**
 * A tensor of the base that an adapter brings anew.
 *
 * @param tensor in place of the module's bias, {@code [out]}, or of its weight
 */
public record Retrained(LinearModule module, Tensor tensor) {}
