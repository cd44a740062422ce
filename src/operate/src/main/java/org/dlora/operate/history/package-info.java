/** Commands on ended requests of the history, and the ports that they need. No HTTP, no JSON. */
@NullMarked
package org.dlora.operate.history;

import org.jspecify.annotations.NullMarked;
