package org.dlora.app;

/** Time of adapters' loads into memory: at the first request that needs one, or at the start. */
enum AdapterLoading {
    ON_DEMAND,
    START
}
