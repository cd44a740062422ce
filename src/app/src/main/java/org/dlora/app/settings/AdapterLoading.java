package org.dlora.app.settings;

/** Time of adapters' loads into memory: at the first request that needs one, or at the start. */
public enum AdapterLoading {
    ON_DEMAND,
    START
}
