/**
 * Load against a server that speaks OpenAI's completions. The package sends the requests of a
 * workload over HTTP and measures the answers. It knows nothing of the server but its address.
 */
@NullMarked
package org.dlora.bench.load;

import org.jspecify.annotations.NullMarked;
