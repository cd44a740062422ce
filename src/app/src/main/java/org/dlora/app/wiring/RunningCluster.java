package org.dlora.app.wiring;

import org.dlora.cluster.Cluster;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.replicas.ReplicaService;

/** The cluster at work, and the services of its replicas and migrations. */
record RunningCluster(Cluster cluster, ReplicaService replicas, MigrationService migrations) {}
