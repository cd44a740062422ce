package org.dlora.app;

/** When adapters are loaded into memory: by the first request that needs one, or at the start. */
enum AdapterLoading {
    ON_DEMAND,
    START
}
