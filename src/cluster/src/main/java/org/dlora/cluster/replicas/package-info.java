/**
 * The replicas of a cluster and their states: which take requests, which have failed, and what an
 * administrator is told of them.
 */
@NullMarked
package org.dlora.cluster.replicas;

import org.jspecify.annotations.NullMarked;
