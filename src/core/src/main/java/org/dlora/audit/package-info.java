/**
 * Administrative actions as values, and the one that the running thread takes. Nothing here writes
 * them: the store does, in the transaction of the change.
 */
@NullMarked
package org.dlora.audit;

import org.jspecify.annotations.NullMarked;
