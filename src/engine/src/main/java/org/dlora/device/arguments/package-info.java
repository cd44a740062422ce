/** Checks of the arguments of operations, the same on all devices. */
@NullMarked
package org.dlora.device.arguments;

import org.jspecify.annotations.NullMarked;
