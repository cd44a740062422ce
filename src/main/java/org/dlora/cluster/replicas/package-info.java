/**
 * The replicas of a cluster and their state: who takes requests, who has failed, and what an\n *
 * administrator is told of them.
 */
@NullMarked
package org.dlora.cluster.replicas;

import org.jspecify.annotations.NullMarked;
