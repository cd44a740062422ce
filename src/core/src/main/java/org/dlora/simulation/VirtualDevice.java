package org.dlora.simulation;

/** A replica with its adapter memory and its link to the host. */
record VirtualDevice(VirtualReplica replica, ResidentAdapters memory, SimulatedLink link) {}
