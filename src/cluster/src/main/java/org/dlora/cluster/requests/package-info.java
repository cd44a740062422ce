/**
 * Unfinished requests of the cluster. A request knows its owner among the replicas and the tokens
 * that its client has got.
 */
@NullMarked
package org.dlora.cluster.requests;

import org.jspecify.annotations.NullMarked;
