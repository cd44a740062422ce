/**
 * Weight matrices in panels: their layout, their packing from tensors, and copies of them. Products
 * with them are computed in {@code org.dlora.device.cpu.linear}.
 */
@NullMarked
package org.dlora.device.cpu.matrix;

import org.jspecify.annotations.NullMarked;
