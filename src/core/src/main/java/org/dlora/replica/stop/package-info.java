/** Search for stop strings in the text of an answer. */
@NullMarked
package org.dlora.replica.stop;

import org.jspecify.annotations.NullMarked;
