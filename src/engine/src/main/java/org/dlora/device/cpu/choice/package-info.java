/**
 * The choice of one {@link org.dlora.device.cpu.natives.KernelFamily} for a server: measured once
 * for a processor, and remembered in a file.
 */
@NullMarked
package org.dlora.device.cpu.choice;

import org.jspecify.annotations.NullMarked;
