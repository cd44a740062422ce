/**
 * Products of rows with matrices, in Java and in C, and their cut for the workers. LoRA terms
 * beside a product live in {@code org.dlora.device.cpu.lora}.
 */
@NullMarked
package org.dlora.device.cpu.linear;

import org.jspecify.annotations.NullMarked;
