/**
 * LoRA terms beside a linear layer or an embedding: checks, units of work, and the kernels in C.
 * Terms that go into the weights belong to {@code org.dlora.device.cpu.merge}.
 */
@NullMarked
package org.dlora.device.cpu.lora;

import org.jspecify.annotations.NullMarked;
