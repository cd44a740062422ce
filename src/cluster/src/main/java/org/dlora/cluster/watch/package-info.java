/** Threads that look at something again and again. */
@NullMarked
package org.dlora.cluster.watch;

import org.jspecify.annotations.NullMarked;
