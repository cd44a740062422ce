package org.dlora.adapter.content;

import org.dlora.model.LinearModule;
import org.dlora.tensor.Tensor;

/**
 * A tensor of an adapter that replaces one of the base.
 *
 * @param tensor replaces the module's bias, {@code [out]}, or its weight
 */
public record Retrained(LinearModule module, Tensor tensor) {}
