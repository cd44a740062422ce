/** Devices on which the replicas serve, and the plan of their memory. */
@NullMarked
package org.dlora.app.device;

import org.jspecify.annotations.NullMarked;
