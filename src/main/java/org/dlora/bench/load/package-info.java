/**
 * Load against a server that speaks OpenAI's completions: sends the requests of a workload over
 * HTTP and measures what comes back. Knows nothing of the server but its address.
 */
@NullMarked
package org.dlora.bench.load;

import org.jspecify.annotations.NullMarked;
