/** First steps on a new server, with a minute of demo traffic. */
@NullMarked
package org.dlora.console.firstrun;

import org.jspecify.annotations.NullMarked;
