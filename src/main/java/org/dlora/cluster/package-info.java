/** Many replicas behind one message-shaped interface: dispatch, and the adapters they serve. */
@NullMarked
package org.dlora.cluster;

import org.jspecify.annotations.NullMarked;
