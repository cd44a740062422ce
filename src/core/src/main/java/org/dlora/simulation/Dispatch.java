package org.dlora.simulation;

/** Choice of the replica of a new request. */
interface Dispatch {
    /** Returns the number of the replica; -1 if none can host the request's adapter now. */
    int choose(VirtualRequest request);
}
