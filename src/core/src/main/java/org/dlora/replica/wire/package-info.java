/** Binary form of the commands and events of a replica. No class here knows a socket or a file. */
@NullMarked
package org.dlora.replica.wire;

import org.jspecify.annotations.NullMarked;
