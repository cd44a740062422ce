package org.dlora.replica.migration;

import org.dlora.replica.ReplicaCommand;

/**
 * An order of a {@link MigrationProtocol} to whoever drives it; orders are carried out in order.
 */
public sealed interface MigrationOrder {

    /** Sends a command to a replica. */
    record Send(String replica, ReplicaCommand command) implements MigrationOrder {}

    /**
     * Makes a replica the owner of the request. Events of the request count from now on if they
     * carry {@code epoch}.
     */
    record Own(String replica, long epoch) implements MigrationOrder {}

    /** Has the request continued anywhere: both replicas have lost it. */
    record Rescue() implements MigrationOrder {}

    /** Ends the migration. */
    record End(MigrationResult result) implements MigrationOrder {}
}
