/**
 * Tensors as files hold them: dtypes, shapes, memory-mapped safetensors. Nothing here computes, and
 * nothing here knows what a model or an adapter is.
 */
@NullMarked
package org.dlora.tensor;

import org.jspecify.annotations.NullMarked;
