/** Pages of requests: which there were, which run, and why one was slow. */
@NullMarked
package org.dlora.console.requests;

import org.jspecify.annotations.NullMarked;
