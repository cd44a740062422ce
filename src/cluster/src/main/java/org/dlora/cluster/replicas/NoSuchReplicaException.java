package org.dlora.cluster.replicas;

import java.util.List;

/** Refusal of an id that no replica has. */
public final class NoSuchReplicaException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public NoSuchReplicaException(String id, List<String> known) {
        super("There is no replica '%s'; known are %s".formatted(id, known));
    }
}
