/**
 * Supervision of replicas: who has failed is fenced, its requests are continued elsewhere, and it
 * begins anew. How requests are continued is the cluster's ({@link
 * org.dlora.cluster.replicas.ReplicaFailures}).
 */
@NullMarked
package org.dlora.cluster.supervision;

import org.jspecify.annotations.NullMarked;
