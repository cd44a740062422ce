/** KV blocks of a replica: the pool, the block tables of sequences, and the prefix cache. */
@NullMarked
package org.dlora.replica.kv;

import org.jspecify.annotations.NullMarked;
