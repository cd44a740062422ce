package org.dlora.replica.migration;

/** The end of a migration. */
public sealed interface MigrationResult {

    /** The request runs on the target. */
    record Moved() implements MigrationResult {}

    /** The request has ended on the source before it left. */
    record Ended() implements MigrationResult {}

    /** The request stays where it was, or is continued anywhere if that replica has failed. */
    record Failed(String reason) implements MigrationResult {}
}
