/** A request for one sequence as a value, and the events that answer it. */
@NullMarked
package org.dlora.replica.request;

import org.jspecify.annotations.NullMarked;
