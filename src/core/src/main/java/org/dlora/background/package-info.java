/** Background threads and timers that outlive their failures, and the end of a hopeless process. */
@NullMarked
package org.dlora.background;

import org.jspecify.annotations.NullMarked;
