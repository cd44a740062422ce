/**
 * One replica: sequences, ragged batches, paged KV blocks, sampling and the single-threaded loop
 * with its mailbox. Knows nothing of HTTP or of other replicas.
 */
@NullMarked
package org.dlora.engine;

import org.jspecify.annotations.NullMarked;
