/**
 * Dispatch of requests. The replicas are described as a new request finds them, and a rule of
 * {@code scheduling.dispatch} chooses one.
 */
@NullMarked
package org.dlora.cluster.dispatch;

import org.jspecify.annotations.NullMarked;
